import { page } from './page';

page(async () => {});
