// SPDX-License-Identifier: GPL-3.0-or-later
// AWS's event-stream frames, written and read here independently of the C++:
// https://smithy.io/2.0/aws/amazon-eventstream.html
import assert from 'node:assert/strict';

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; ++bit)
    crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/// zlib's, which Node has since 20.15 and 22.2 only.
export function crc32(bytes, before = 0) {
  let crc = ~before;
  for (const byte of Buffer.from(bytes))
    crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff];
  return ~crc >>> 0;
}

const uint32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const textHeader = 7;

function header(name, value) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([textHeader]), length, Buffer.from(value)]);
}

/// One frame; an exception is an event with another name for its kind.
export function frame({ event, exception, payload }) {
  const headers = Buffer.concat([
    exception ? header(':exception-type', exception) : header(':event-type', event),
    header(':content-type', 'application/json'),
    header(':message-type', exception ? 'exception' : 'event'),
  ]);
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.concat([uint32(16 + headers.length + body.length), uint32(headers.length)]);
  const checked = Buffer.concat([prelude, uint32(crc32(prelude)), headers, body]);
  return Buffer.concat([checked, uint32(crc32(checked))]);
}

/// Frames written one a line, as JSON.
export function framesOf(lines) {
  return Buffer.concat(lines.toString('utf8').trim().split('\n').map((line) => frame(JSON.parse(line))));
}

/// The bytes of each frame.
export function* splitFrames(bytes) {
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/// [name, payload] of every event.
export function readFrames(bytes) {
  return [...splitFrames(bytes)].map((one) => {
    const end = 12 + one.readUInt32BE(4);
    assert.equal(one.readUInt32BE(one.length - 4), crc32(one.subarray(0, -4)), 'a frame is damaged');
    const headers = one.subarray(12, end).toString('latin1');
    const [, name] = /:(?:event|exception)-type\x07..(\w+)/s.exec(headers);
    return [name, JSON.parse(one.subarray(end, -4))];
  });
}
