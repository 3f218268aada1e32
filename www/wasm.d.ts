// The engine's interface, for a checkout whose www/pkg has not been built yet; when it has, its own
// declarations are used instead of these.
declare module '*/pkg/trainyard.js' {
  export default function init(): Promise<unknown>;
  export function inspect_experiment(json: string): string;
  export function digit_from_rgba(rgba: Uint8Array, width: number, height: number): Float32Array;
  export class Session {
    static create(experiment: string, device: string): Promise<Session>;
    info(): string;
    add_shard(split: string, start: number, count: number, bytes: Uint8Array): void;
    advance(max_steps: number): Promise<number>;
    metrics(): Promise<Float32Array>;
    evaluate(split: string, from: number, count: number): Promise<Float32Array>;
    predict(pixels: Float32Array): Promise<Float32Array>;
    set_learning_rate(learning_rate: number): void;
    progress(): string;
    reset(seed: number): void;
    free(): void;
  }
}
