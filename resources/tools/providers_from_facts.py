#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes resources/providers/*.json from a folder of collected provider facts (providers.json).

The result is reviewed data: read the diff before committing it. Left out are providers without a dialect we have a name
for, and those whose keys must be signed with or exchanged first.
Usage: providers_from_facts.py FACTS_FOLDER
"""
import json
import pathlib
import sys

# Dialects we prefer where a provider speaks several, with our name for the wire.
WIRES = [("openai-chat", "openai-chat"), ("anthropic-messages", "anthropic"), ("gemini", "gemini"),
         ("openai-responses", "openai-responses")]
# What these speak natively carries more than their OpenAI layer.
NATIVE = {"anthropic": "anthropic-messages", "google": "gemini"}
AUTH = {"bearer": "bearer", "x-api-key": "x-api-key", "x-goog-api-key": "x-goog-api-key", "api-key": "api-key",
        "x-portkey-api-key": "x-portkey-api-key", "api-key-prefix": "api-key-prefix", "none": "none"}
KEY_VARIABLES = ("KEY", "TOKEN", "_PAT", "_PASSWORD")
# Prices are listed under the vendor's or the cloud's own id.
PRICE_PROVIDERS = {"codestral": "mistral", "aws-bedrock-mantle": "aws-bedrock", "azure-cognitive-services": "azure-openai",
                   "stepfun-ai": "stepfun"}
# Cloud entries whose OpenAI-compatible address is not the first of its kind in the facts.
BASE_URLS = {"azure-openai": "https://{resource}.openai.azure.com/openai/v1"}
OUTPUT_CAP = 8192
# Endpoints besides chat, from the providers' own API references; who is not named here is asked and answers for itself.
IMAGES = ["images/generations", "images/edits", "images/variations"]
AUDIO = ["audio/speech", "audio/transcriptions", "audio/translations"]
SERVES = {"openai": [*IMAGES, *AUDIO, "moderations"], "groq": AUDIO, "mistral": ["audio/transcriptions", "moderations"],
          "together": ["images/generations", *AUDIO, "rerank"], "xai": ["images/generations"],
          "deepinfra": ["images/generations", *AUDIO],
          "siliconflow": ["images/generations", "audio/speech", "audio/transcriptions", "rerank"],
          "siliconflow-cn": ["images/generations", "audio/speech", "audio/transcriptions", "rerank"],
          "cohere": ["v2/rerank"], "deepseek": [], "perplexity": [], "cerebras": []}


def base_urls(record):
    urls = [url for url in record.get("base_urls", []) if "?" not in url["url"]]
    if record["id"] in NATIVE:
        return [url for url in urls if url["dialect"] == NATIVE[record["id"]]]
    for dialect, _ in WIRES:
        if some := [url for url in urls if url["dialect"] == dialect]:
            return some
    return []


def address(url):
    # Local servers mostly listen on the IPv4 loopback alone, which "localhost" need not mean.
    return url.rstrip("/").replace("//localhost", "//127.0.0.1")


def quirks(record, wire):
    facts = record.get("quirks", {})
    result = {}
    if wire == "openai-chat":
        if facts.get("max_tokens_field"):
            result["max_tokens_field"] = facts["max_tokens_field"]
        if facts.get("no_developer_role") or facts.get("system_role_not_developer"):
            result["no_developer_role"] = True
        if facts.get("no_stream_options"):
            result["no_stream_options"] = True
        if facts.get("reasoning_excluded_from_output"):
            result["reasoning_outside_completion"] = True
        if facts.get("echo_reasoning_content"):
            result["reasoning_field"] = "reasoning_content"
        if record["id"] == "openrouter":
            result["cache_control"] = True
    if wire == "anthropic":
        result["default_max_tokens"] = OUTPUT_CAP
        if record["id"] != "anthropic":
            result["structured_output"] = False
    return result


def regions(record, wanted):
    return {url["region"]: address(url["url"]) for url in wanted if url.get("region")}


def provider(record):
    wanted = base_urls(record)
    if not wanted or record["auth"] not in AUTH:
        return None
    wire = dict(WIRES)[wanted[0]["dialect"]]
    url = BASE_URLS.get(record["id"], address(wanted[0]["url"]))
    templated = "{" in url
    entry = {"$schema": "schema.json", "id": record["id"], "name": record["name"], "kind": record["kind"], "wire": wire,
             ("base_url_template" if templated else "base_url"): url}
    if len(places := regions(record, wanted)) > 1 or (places and address(wanted[0]["url"]) not in places.values()):
        entry["regions"] = places
    entry["auth"] = AUTH[record["auth"]]
    if env := [name for name in record.get("env", []) if name.endswith(KEY_VARIABLES)]:
        entry["env"] = env
    if record.get("key_pattern"):
        entry["key_pattern"] = record["key_pattern"]
    for key, fact in (("keys_page", "keys_url"), ("docs_page", "docs_url")):
        if record.get(fact) and "{" not in record[fact]:
            entry[key] = record[fact]
    if record["local"]:
        entry["local"] = True
    if flags := quirks(record, wire):
        entry["quirks"] = flags
    if record["kind"] == "local":
        entry["price_provider"] = "local"
    elif record["id"] in PRICE_PROVIDERS:
        entry["price_provider"] = PRICE_PROVIDERS[record["id"]]
    if record["id"] in SERVES:
        entry["serves"] = SERVES[record["id"]]
    return entry


def main():
    facts = json.loads((pathlib.Path(sys.argv[1]) / "providers.json").read_text(encoding="utf-8"))
    folder = pathlib.Path(__file__).resolve().parent.parent / "providers"
    written, left_out = 0, []
    for record in facts["providers"]:
        if entry := provider(record):
            (folder / f"{record['id']}.json").write_text(json.dumps(entry, indent=2, ensure_ascii=False) + "\n",
                                                        encoding="utf-8")
            written += 1
        else:
            left_out.append(record["id"])
    print(f"{written} providers; left out: {', '.join(left_out)}")


if __name__ == "__main__":
    main()
