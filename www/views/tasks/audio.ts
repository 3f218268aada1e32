const RATE = 8000; // of the data set's sounds
const LENGTH = 1.5; // seconds of a recording

let shared: AudioContext | null = null;

/** One for the page; after a click, so that the browser lets it play. */
function context(): AudioContext {
  shared ??= new AudioContext();
  void shared.resume();
  return shared;
}

/** Plays bytes around 128. */
export function playBytes(bytes: Uint8Array): void {
  const audio = context();
  const buffer = audio.createBuffer(1, bytes.length, RATE);
  buffer.getChannelData(0).set(Float32Array.from(bytes, (byte) => (byte - 128) / 127));
  const source = audio.createBufferSource();
  source.buffer = buffer;
  source.connect(audio.destination);
  source.start();
}

export interface Recording {
  samples: Float32Array;
  rate: number;
}

export const hasMicrophone = (): boolean => navigator.mediaDevices?.getUserMedia !== undefined;

/** A second and a half of the microphone; it rejects as `getUserMedia` does. `begun` says when to speak. */
export async function record(begun: () => void): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const audio = context();
  try {
    const pieces: Blob[] = [];
    const recorder = new MediaRecorder(stream);
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    const stopped = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    begun();
    await new Promise((resolve) => setTimeout(resolve, LENGTH * 1000));
    recorder.stop();
    await stopped;
    const sound = await audio.decodeAudioData(await new Blob(pieces).arrayBuffer());
    return { samples: sound.getChannelData(0).slice(), rate: sound.sampleRate };
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}
