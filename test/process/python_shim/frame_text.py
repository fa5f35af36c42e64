"""Prints a stream of frames as test/golden/frames/README.md specifies it."""

from __future__ import annotations


from fake_peers import frames


def describe(stream: bytes) -> str:
    """The meaning of the bytes, one frame after the other, each line ended."""
    lines: list[str] = []
    offset = 0
    try:
        while offset < len(stream):
            header = frames.decode_header(stream, offset)
            end = offset + frames.HEADER_SIZE + (header.length if header else 0)
            if header is None or end > len(stream):
                lines.append(f'incomplete: {len(stream) - offset} bytes')
                break
            payload = stream[offset + frames.HEADER_SIZE : end]
            lines += _frame(header, payload)
            offset = end
    except frames.FrameError as error:
        lines.append(f'error: {error}')
    return ''.join(line + '\n' for line in lines)


def _frame(header: frames.Header, payload: bytes) -> list[str]:
    first = f'{frames.NAMES[header.type]} flags={header.flags} length={header.length}'
    if header.type == frames.HEAD:
        return [first, f'  {_head(header.type, payload)}']
    if header.type == frames.RESPONSE:
        head, body = frames.decode_response(payload)
        return [first, f'  {_head(header.type, head)}', f'  {body.hex()}']
    if header.type == frames.ANSWER:
        head, body, end = frames.decode_answer(payload)
        return [first, f'  {_end(end)}', f'  {_head(header.type, head)}', f'  {body.hex()}']
    if header.type in (frames.REQUEST, frames.HELLO, frames.LOGVAR):
        return [first] + [f'  "{_escaped(s)}"' for s in frames.decode_strings(header.type, payload)]
    if header.type == frames.END:
        return [first, f'  {_end(frames.decode_end(payload))}']
    if header.type == frames.FILE:
        descriptor, start, length = frames.decode_file(payload)
        return [first, f'  descriptor={descriptor} start={start} bytes={length}']
    if header.type == frames.FILE_TAKEN:
        return [first, f'  taken={str(frames.decode_file_taken(payload)).lower()}']
    if header.type == frames.SIGNAL:
        return [first, f'  number={payload[0]}']
    if header.type == frames.LIMIT:
        return [first, f'  milliseconds={frames.decode_limit(payload)}']
    return [first, f'  {payload.hex()}'] if payload else [first]


def _end(end: frames.EndOfResponse) -> str:
    fields = f'outcome={end.outcome} microseconds={end.microseconds}'
    waiting = ('', ' ran through', ' waited')[end.waiting]
    return f'{fields} resident={end.resident_bytes}{waiting}'


def _head(kind: int, head: bytes) -> str:
    number, text = frames.decode_head(kind, head)
    return f'headers={number} "{_escaped(text)}"'


def _escaped(text: str) -> str:
    return ''.join(
        '\\' + character
        if character in '"\\'
        else character
        if ' ' <= character <= '~'
        else f'\\x{ord(character):02x}'
        for character in text
    )
