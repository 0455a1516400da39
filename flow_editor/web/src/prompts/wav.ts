/** What the microphone gave, as a WAV file: browsers record into containers that the server does not read. */

/** Decode a recording of this browser's and write it as 16-bit mono WAV. Raises what `decodeAudioData` raises. */
export async function asWav(recorded: Blob): Promise<Blob> {
  const context = new AudioContext();
  try {
    const sound = await context.decodeAudioData(await recorded.arrayBuffer());
    const channels = Array.from({ length: sound.numberOfChannels }, (_, place) => sound.getChannelData(place));
    return wav(channels, sound.sampleRate);
  } finally {
    await context.close();
  }
}

/** Samples between -1 and 1, channel by channel, mixed into one. */
export function wav(channels: readonly Float32Array[], rate: number): Blob {
  const length = channels[0]?.length ?? 0;
  const bytes = new DataView(new ArrayBuffer(44 + 2 * length));
  const write = (at: number, text: string) => {
    for (let place = 0; place < text.length; place++) bytes.setUint8(at + place, text.charCodeAt(place));
  };
  write(0, "RIFF");
  bytes.setUint32(4, 36 + 2 * length, true);
  write(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, rate, true);
  bytes.setUint32(28, rate * 2, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  write(36, "data");
  bytes.setUint32(40, 2 * length, true);
  for (let place = 0; place < length; place++) {
    const mixed = channels.reduce((sum, channel) => sum + (channel[place] ?? 0), 0) / (channels.length || 1);
    bytes.setInt16(44 + 2 * place, Math.round(Math.max(-1, Math.min(1, mixed)) * 32767), true);
  }
  return new Blob([bytes.buffer], { type: "audio/wav" });
}
