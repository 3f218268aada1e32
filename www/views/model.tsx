import { formatNumber, t } from '../i18n';
import type { Layer } from '../protocol';
import { experiment, inspection, loading } from '../state';
import { Editor } from './editor';
import { LearningRate } from './learning-rate';
import { Seed } from './seed';

export function ModelPanel() {
  const text = t.value;
  const model = inspection.value;
  return (
    <section class="column model" aria-labelledby="model-heading" aria-busy={loading.value}>
      <h2 id="model-heading">{text.modelHeading}</h2>
      <div class="card">
        <ol class="layers">
          <li class="edge">
            <b>{text.modelInput}</b> <span class="shape">1 × 28 × 28</span>
          </li>
          {model
            ? model.layers.map((layer, index) => (
                <LayerCard
                  layer={layer}
                  options={optionsOf(index, model.layers.length)}
                  all={model.parameters}
                />
              ))
            : [0, 1, 2].map(() => <li class="pending" aria-hidden="true" />)}
          <li class="edge">
            <b>{text.modelOutput}</b>
          </li>
        </ol>
        {model && <p class="muted">{text.parametersInAll(formatNumber(model.parameters))}</p>}
        <LearningRate />
        <Seed />
        <Editor />
      </div>
    </section>
  );
}

function LayerCard({ layer, options, all }: { layer: Layer; options: string; all: number }) {
  const text = t.value;
  const count = layer.parameters;
  return (
    <li>
      <p class="layer-head">
        <b>{layer.type}</b> <span class="options">{options}</span>
        <code>{layer.path}</code>
      </p>
      <p class="layer-foot">
        <span>
          {text.outputShape} <span class="shape">{layer.output_shape.join(' × ')}</span>
        </span>
        <span>{count > 0 ? text.parameters(formatNumber(count)) : text.noParameters}</span>
      </p>
      {/* Where the parameters are, at a glance; the number stands above. */}
      <div class="weight" aria-hidden="true" style={{ width: `${all > 0 ? (100 * count) / all : 0}%` }} />
    </li>
  );
}

/** The options as the experiment gives them, where its layers and the engine's are one to one. */
function optionsOf(index: number, count: number): string {
  try {
    const { model } = JSON.parse(experiment.value) as { model: Record<string, unknown>[] };
    if (model.length !== count) return '';
    return Object.entries(model[index] ?? {})
      .filter(([key]) => key !== 'type' && key !== 'name')
      .map(([key, value]) => (typeof value === 'number' ? `${key} ${value}` : String(value)))
      .join(', ');
  } catch {
    return '';
  }
}
