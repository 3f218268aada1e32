import { spawn } from 'node:child_process';
import { defineConfig, runnerImport, type InlineConfig, type Plugin } from 'vite';

const oxc: InlineConfig['oxc'] = { jsx: { runtime: 'automatic', importSource: 'preact' } };

/** Renders the page into index.html, so that the whole layout is there before any script has run. */
function prerender(): Plugin {
  return {
    name: 'trainyard:prerender',
    async transformIndexHtml(html) {
      const { module } = await runnerImport<{ render: () => string }>('./www/prerender.tsx', {
        configFile: false,
        logLevel: 'error',
        oxc,
      });
      return html.replace('<!--app-->', () => module.render());
    },
  };
}

/**
 * The engine is on its way before the script that asks for it is there: 0.2 s sooner at 10 Mbit/s and 60 ms. (A browser
 * without SIMD fetches the other build.)
 */
function preload(): Plugin {
  return {
    name: 'trainyard:preload',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle, path }) {
        const engine = Object.keys(bundle ?? {}).find((name) => /\/trainyard_bg\b.*\.wasm$/.test(name));
        if (!engine || path !== '/index.html') return [];
        const request = { as: 'fetch', type: 'application/wasm', crossorigin: true, fetchpriority: 'low' };
        return [
          { tag: 'link', attrs: { rel: 'preload', ...request, href: `./${engine}` }, injectTo: 'head' },
        ];
      },
    },
  };
}

/** Rebuilds the WebAssembly when a Rust or WGSL source changes, then reloads the page. */
function rust(): Plugin {
  return {
    name: 'trainyard:rust',
    apply: 'serve',
    configureServer(server) {
      let building = false;
      let stale = false;
      const build = () => {
        if (building) {
          stale = true;
          return;
        }
        building = true;
        const child = spawn('cargo', ['xtask', 'wasm'], { cwd: server.config.root, stdio: 'inherit' });
        child.on('error', (error) => server.config.logger.error(`cargo xtask wasm: ${error.message}`));
        child.on('close', (code) => {
          building = false;
          if (code === 0) server.ws.send({ type: 'full-reload' });
          if (stale) {
            stale = false;
            build();
          }
        });
      };
      server.watcher.add(['src', 'shaders']);
      server.watcher.on('change', (file) => {
        if (/[\\/](src|shaders)[\\/].*\.(rs|wgsl)$/.test(file)) build();
      });
    },
  };
}

export default defineConfig({
  base: './', // dist/ works under any path of any static host
  publicDir: 'www/public',
  oxc,
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['index.html', 'bench.html'] },
  },
  server: {
    watch: { ignored: ['**/target/**', '**/www/pkg/**', '**/dist/**'] },
    // Optional for hosts, too: with them the CPU engine may have helpers (www/team.ts).
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
  plugins: [prerender(), preload(), rust()],
});
