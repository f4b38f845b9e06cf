#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes inputs for the fuzz targets of the codecs: the answers and requests of tests/data, and the shared recordings
where a machine has them, each behind the bytes that choose its dialect.

Usage: seeds.py FOLDER      writes FOLDER/<target>/<name>
"""
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("FAIRLEAD_SHARED", ROOT.parent / "shared")) / "recordings"
LARGEST = 4000
# dialect: target and place there, of its answers and of its requests
ANSWERS = {
    "openai-chat": ("OpenAiAnswer", 0), "openai-embeddings": ("OpenAiAnswer", 0), "openai-responses": ("OpenAiAnswer", 1),
    "anthropic": ("AnthropicAnswer", 0), "bedrock": ("AnthropicAnswer", 1), "gemini": ("GeminiAnswer", 0),
    "ollama": ("OllamaCohereAnswer", 0), "cohere": ("OllamaCohereAnswer", 1),
}
REQUESTS = {
    "openai-chat": ("OpenAiRequest", 0), "openai-embeddings": ("OpenAiRequest", 0), "openai-responses": ("OpenAiRequest", 1),
    "openai-completions": ("OpenAiRequest", 2), "anthropic": ("AnthropicGeminiRequest", 0),
    "gemini": ("AnthropicGeminiRequest", 1), "ollama": ("OllamaCohereRequest", 0), "ollama-generate": ("OllamaCohereRequest", 1),
    "cohere": ("OllamaCohereRequest", 2),
}
# How the recordings and the folders of tests/data call the same dialects.
NAMES = {
    "bedrock-converse": "bedrock", "cohere-v2": "cohere", "cohere-embed": "cohere", "ollama-chat": "ollama",
    "ollama-embed": "ollama", "gemini-embed": "gemini", "gemini-count": "gemini", "anthropic-count": "anthropic",
}


def own():
    for path in sorted((ROOT / "tests/data").glob("*/*")):
        yield path.parent.name.replace("_", "-"), path
    for path in sorted((ROOT / "tests/data/replay").glob("*/*")):
        yield path.name.split(".")[0], path


def recorded():
    index = SHARED / "INDEX.tsv"
    for line in index.read_text().splitlines()[1:] if index.exists() else []:
        name, _, dialect, *_ = line.split("\t")
        yield dialect, SHARED / name


def frames_as_lines(text):
    """Decoded event-stream messages in the form that AnswerChecks.cpp frames again."""
    lines = []
    for message in map(json.loads, text.splitlines()):
        headers = message["headers"]
        kind = headers.get(":event-type") or "!" + headers.get(":exception-type", "")
        lines.append(kind + " " + json.dumps(message["payload"], separators=(",", ":")))
    return "\n".join(lines).encode()


def main():
    written = 0
    for dialect, path in [*own(), *recorded()]:
        dialect = NAMES.get(dialect, dialect)
        is_request = path.name.endswith(".request.json")
        targets = REQUESTS if is_request else ANSWERS
        if dialect not in targets or not path.is_file() or path.name.endswith(".meta.json"):
            continue
        target, place = targets[dialect]
        content = path.read_bytes()
        traits = written % 4
        if path.name.endswith(".decoded.jsonl"):
            content, traits = frames_as_lines(content.decode()), traits + 4
        if len(content) > LARGEST:
            continue
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        third, fourth = (written % 7, traits) if is_request else (traits, written % 36)
        choices = bytes([place, written % 8, third, fourth])
        (folder / f"{written:04}").write_bytes(choices + content)
        written += 1
    print(f"{written} inputs")


main()
