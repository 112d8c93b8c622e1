// Makes a guest's bytes unlike those of any other case, since engines share compiled code between equal modules.

const NAME = 'samebytes.salt';

/** Do the module's sections end where its bytes end? Appending to a broken module could mend it. */
function isWhole(bytes) {
  if (bytes.length < 8) return false;
  let at = 8;
  while (at < bytes.length) {
    at++;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length || shift > 28) return false;
      const byte = bytes[at++];
      size += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    at += size;
  }
  return at === bytes.length;
}

/** The module with a custom section that holds this number at its end. */
export function salted(bytes, number) {
  if (!isWhole(bytes)) return bytes;
  const text = `${NAME}${number}`;
  const section = new Uint8Array(bytes.length + 3 + text.length);
  section.set(bytes);
  section[bytes.length + 1] = 1 + text.length;
  section[bytes.length + 2] = NAME.length;
  for (let at = 0; at < text.length; at++) section[bytes.length + 3 + at] = text.charCodeAt(at);
  return section;
}
