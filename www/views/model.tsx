import { formatNumber, t } from '../i18n';
import type { Inspection, Layer } from '../protocol';
import { experiment, inspection, loading, outline } from '../state';
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
            <b>{text.modelInput}</b>{' '}
            <span class="shape">{(model?.about.x.shape ?? [1, 28, 28]).join(' × ')}</span>
          </li>
          {model
            ? model.layers.map((layer, index) => (
                <LayerCard
                  layer={layer}
                  network={networkOf(layer) === networkOf(model.layers[index - 1]) ? '' : networkOf(layer)}
                  options={optionsOf(layer)}
                  all={model.parameters}
                />
              ))
            : [0, 1, 2].map(() => <li class="pending" aria-hidden="true" />)}
          <li class="edge">
            <b>{outputOf(model)}</b>
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

/** Of several networks, the one that a layer belongs to. */
const networkOf = (layer: Layer | undefined): string => layer?.path.match(/^networks\.([^.[]+)/)?.[1] ?? '';

function outputOf(model: Inspection | null): string {
  const text = t.value;
  if (!model) return text.modelProbabilities('10');
  const { task } = outline.value;
  if (task === 'generator' || task === 'autoencoder' || model.classes === 0) return text.modelOutput;
  const last = model.layers.at(-1)?.output_shape.at(-1);
  return last === 1 ? text.modelSigmoid : text.modelProbabilities(formatNumber(model.classes));
}

interface CardProps {
  layer: Layer;
  /** Its network's name, where it is the first of it. */
  network: string;
  options: string;
  all: number;
}

function LayerCard({ layer, network, options, all }: CardProps) {
  const text = t.value;
  const count = layer.parameters;
  return (
    <li>
      {network && <p class="network">{network}</p>}
      <p class="layer-head">
        <b>{layer.type}</b> <span class="options">{options}</span>
        <code>{layer.path.replace(/^networks\.|\.layers(?=\[)/g, '')}</code>
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

/** The options as the experiment gives them. */
function optionsOf({ path }: Layer): string {
  try {
    let found: unknown = JSON.parse(experiment.value);
    for (const key of path.match(/[^.[\]]+/g) ?? []) found = (found as Record<string, unknown>)[key];
    return Object.entries(found as object)
      .filter(([key, value]) => key !== 'type' && key !== 'name' && typeof value !== 'object')
      .map(([key, value]) => (typeof value === 'string' ? value : `${key} ${value}`))
      .join(', ');
  } catch {
    return '';
  }
}
