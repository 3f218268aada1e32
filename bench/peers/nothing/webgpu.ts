import { Bare } from '../../adapter/device';
import { page } from './page';

// The least that a step on a GPU needs: a device that has answered.
page(async () => {
  const { device } = await Bare.open();
  await device.queue.onSubmittedWorkDone();
});
