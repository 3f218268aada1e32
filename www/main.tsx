import { hydrate } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/index.css';
import { start } from './actions';
import { App } from './app';
import { followTheme } from './theme';

// As prerendered first, so that hydration finds what it expects; language and settings come after.
hydrate(<App />, document.getElementById('app')!);
followTheme();
start();
