// Says the words zero … nine in many voices. Run by `cargo xtask data`; a build tool, never shipped (eSpeak NG is GPL).
//
// node spoken.mjs <module> <jobs.json> <out>: each job is { voice, rate, pitch, word }. Written, job after job:
// the number of samples as u32, then samples as i16, both little-endian, 22,050 a second.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

// eSpeak seeds its noise with the time; the same jobs shall give the same sounds.
Date.now = () => 0;

const [module, jobs, out] = process.argv.slice(2);
const { default: start } = await import(pathToFileURL(module).href);
const espeak = await start();
const worker = await new espeak.eSpeakNGWorker();
if (worker.get_samplerate() !== 22050) throw new Error(`eSpeak speaks at ${worker.get_samplerate()} Hz`);

const parts = [];
for (const { voice, rate, pitch, word } of JSON.parse(readFileSync(jobs, 'utf8'))) {
  if (worker.set_voice(voice) !== 0) throw new Error(`eSpeak has no voice ${voice}`);
  worker.set_rate(rate);
  worker.set_pitch(pitch);
  const chunks = [];
  worker.synthesize(word, (audio) => {
    if (audio) chunks.push(Buffer.from(audio.slice().buffer));
    return false;
  });
  const sound = Buffer.concat(chunks);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(sound.length / 2);
  parts.push(length, sound);
}
writeFileSync(out, Buffer.concat(parts));
