#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes resources/models/*.json from a folder of collected price facts (models.json).

The result is reviewed data: read the diff before committing it. One model a line, prices as exact decimal strings.
Usage: models_from_facts.py FACTS_FOLDER
"""
import json
import pathlib
import re
import sys

TOKENS = {"input": "input", "cache_read": "cache_read", "cache_write": "cache_write", "cache_write_1h": "cache_write_1h",
          "audio_in": "audio_input", "output": "output", "reasoning": "reasoning", "audio_out": "audio_output"}
FEES = {"per_request": "per_request", "web_search_per_1k": "web_search_per_1k", "file_search_per_1k": "file_search_per_1k",
        "per_query": "per_query", "per_page": "per_page", "per_image": "per_image", "per_image_in": "per_image_in",
        "per_second": "per_second", "per_audio_hour": "per_audio_hour", "per_1m_chars": "per_1m_chars",
        "image_in": "image_input", "image_out": "image_output"}
CAPS = ["tools", "parallel_tools", "structured_output", "reasoning", "vision", "pdf", "audio_in", "audio_out"]
# Whose reasoning models take max_completion_tokens only (platform.openai.com/docs/guides/reasoning).
NO_MAX_TOKENS = ("openai", "azure-openai")
# Models that go on with an assistant message that ends the request; later ones refuse it
# (docs.anthropic.com, "Prefill Claude's response"). Only what has been looked up: a model in doubt is asked anew.
PREFILL = {
    "anthropic": re.compile(
        r"claude-(3-.*|4-(opus|sonnet)-20250514|haiku-4-5.*|opus-4-([015]|20250514|1-20250805|5-20251101)"
        r"|sonnet-4-([05]|20250514|5-20250929))$"),
}
# Catalogues made from another list count as that list.
FAMILIES = {"pi-ai(models.dev)": "models.dev", "ruby_llm(models.dev)": "models.dev", "openrouter-api": "openrouter"}
SERVICE_TIERS = ["batch", "flex", "priority", "fast"]

# DeepSeek's peak hours do not apply on public holidays in China (General Office of the State Council, holidays of 2026,
# from the day the peak price began; 1 January 2027 is fixed by law, the rest of 2027 is not announced yet).
HOLIDAYS = ["2026-09-25", "2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07", "2027-01-01"]


def prices(source, keys):
    return {name: source[key] for key, name in keys.items() if key in source}


def tiers(source):
    return [{"above": tier["above_input_tokens"], **prices(tier, TOKENS)} for tier in source]


def newest_source(record):
    """The newest list that carries the model, and its day. Official pages carry no day of their own."""
    dated = {name: found[-1] for name, day in record["sources"].items()
             if (found := re.findall(r"\d{4}-\d{2}-\d{2}", day))}
    if "docs" in record["sources"] or not dated:
        return "docs", record["last_seen"]
    name, day = max(dated.items(), key=lambda item: (item[1], item[0]))
    return FAMILIES.get(name, name), day


def service(record):
    result = {}
    for tier in SERVICE_TIERS:
        variant = record.get("variants", {}).get(tier)
        if variant:
            result[tier] = prices(variant, TOKENS)
            if "derived" in variant:
                result[tier]["derived"] = True
        elif tier in record.get("multipliers", {}):
            result[tier] = {"multiplier": record["multipliers"][tier]}
    return result


def windows(record):
    result = []
    for window in record.get("time_windows", []):
        result.append({"label": window["label"], "utc": ["-".join(span) for span in window["windows_utc"]],
                       "weekdays": [1, 2, 3, 4, 5], "utc_offset_minutes": 480, "holidays": HOLIDAYS,
                       "source": window["source"], **prices(window["price"], TOKENS)})
    return result


def current_list(record):
    source, as_of = newest_source(record)
    price = {"as_of": as_of, "source": source, "confidence": record["confidence"]}
    since = record.get("price_since")
    for window in record.get("time_windows", []):
        since = window["from"]
    if since:
        price = {"from": since, **price}
    price |= prices(record["price"], TOKENS) | prices(record["price"], FEES)
    # Google bills every modality at the text rate unless its page names another (ai.google.dev/gemini-api/docs/pricing).
    if record["provider"] in ("google", "google-vertex") and record["caps"]["audio_in"] and "input" in price:
        price.setdefault("audio_input", price["input"])
    for key, value in (("tiers", tiers(record.get("tiers", []))), ("service", service(record)), ("windows", windows(record))):
        if value:
            price[key] = value
    return price


def dated_lists(record):
    """All price lists, the newest first; one without "from" holds since ever."""
    lists = [current_list(record)]
    for future in record.get("price_future", []):
        source, as_of = newest_source(record)
        lists.insert(0, {"from": future["from"], "as_of": as_of, "source": source, "confidence": record["confidence"],
                         **prices(future["price"], TOKENS)})
    for past in reversed(record.get("price_history", [])):
        if not past["price"]:
            continue
        old = {"from": past["from"]} if "from" in past else {}
        old |= {"as_of": "2026-09-23", "source": "genai-prices", "confidence": record["confidence"]}
        old |= prices(past["price"], TOKENS)
        if past.get("tiers"):
            old["tiers"] = tiers(past["tiers"])
        lists.append(old)
    return lists


def is_priced(record):
    # A zero in a list means free or not known; only names that say so are free. Plans are not billed by token.
    if "suspect" in record or not record.get("price"):
        return False
    return record["billing"] == "metered" or (record["billing"] == "free_or_unknown" and record["id"].endswith(":free"))


def is_wanted(record):
    # What is not on offer any more, or not known to be, still has to be priced when somebody uses it.
    return record["status"] in ("active", "preview") or is_priced(record)


def model(record):
    entry = {"name": record["name"]}
    if record["kind"] != "chat":
        entry["kind"] = record["kind"]
    entry["status"] = record["status"]
    for key in ("context", "max_output"):
        if record.get(key):
            entry[key] = record[key]
    caps = [cap for cap in CAPS if record["caps"].get(cap)]
    prefill = PREFILL.get(record["provider"])
    if prefill and prefill.match(record["id"]):
        caps.append("prefill")
    if caps:
        entry["caps"] = caps
    refuses = ["temperature"] if record["caps"].get("temperature") is False else []
    if record["caps"].get("reasoning") and record["provider"] in NO_MAX_TOKENS and record["kind"] == "chat":
        refuses.append("max_tokens")
    if refuses:
        entry["refuses"] = refuses
    if is_priced(record):
        entry["prices"] = dated_lists(record)
    return entry


def write(path, provider, models):
    lines = [f'{json.dumps(name, ensure_ascii=False)}: {json.dumps(models[name], ensure_ascii=False, separators=(",", ":"))}'
             for name in sorted(models)]
    path.write_text('{"$schema": "schema.json", "provider": ' + json.dumps(provider) + ', "models": {\n'
                    + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


def main():
    facts = json.loads((pathlib.Path(sys.argv[1]) / "models.json").read_text(encoding="utf-8"))
    folder = pathlib.Path(__file__).resolve().parent.parent / "models"
    providers = {}
    for record in facts["models"]:
        if is_wanted(record):
            providers.setdefault(record["provider"], {})[record["id"]] = model(record)
    # A server on one's own machine charges nothing for any model.
    free = {kind: "0" for kind in TOKENS.values()}
    providers["local"] = {"*": {"name": "any local model", "status": "active", "prices": [
        {"as_of": facts["built"], "source": "local", "confidence": "high", **free}]}}
    for provider, models in sorted(providers.items()):
        write(folder / f"{provider}.json", provider, models)
    print(f"{sum(map(len, providers.values()))} models of {len(providers)} providers")


if __name__ == "__main__":
    main()
