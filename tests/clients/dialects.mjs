// SPDX-License-Identifier: GPL-3.0-or-later
// What an answer says, read here a second time and independently of the C++ codecs: text, reasoning, tool calls,
// finish reason and tokens of each kind.
import { readFrames } from './eventstream.mjs';

/// The `data` of every event of an SSE body.
export function eventData(body) {
  return body.toString('utf8').replace(/^\uFEFF/, '').split(/\r\n\r\n|\n\n|\r\r/).flatMap((frame) => {
    const data = frame.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'));
    return data.length === 0 ? [] : [data.map((line) => line.slice(5).replace(/^ /, '')).join('\n')];
  });
}

const events = (recording) =>
  eventData(recording.body).filter((data) => data.trim() !== '' && !data.startsWith('[DONE]')).map((data) => JSON.parse(data));

const emptyAnswer = () => ({ text: '', reasoning: '', refusal: '', calls: [], finish: null, tokens: null, usage: null });

/// Tokens by disjoint kind, without those nobody spoke of.
const known = (tokens) => Object.fromEntries(Object.entries(tokens).filter(([, count]) => count !== undefined && count !== null));

const atMost = (count, most) => (count === undefined ? undefined : Math.min(count, most));

function openAiTokens(usage) {
  const cached = usage.prompt_tokens_details?.cached_tokens;
  const written = usage.prompt_tokens_details?.cache_write_tokens;
  const heard = usage.prompt_tokens_details?.audio_tokens;
  const thought = usage.completion_tokens_details?.reasoning_tokens;
  // Details may overlap (reasoning that was spoken); the kinds add up to the provider's totals all the same.
  const spoken = atMost(usage.completion_tokens_details?.audio_tokens, usage.completion_tokens - (thought ?? 0));
  return known({
    input: usage.prompt_tokens - (cached ?? 0) - (written ?? 0) - (heard ?? 0),
    cache_read: cached,
    cache_write_5m: written,
    audio_input: heard,
    output: usage.completion_tokens - (thought ?? 0) - (spoken ?? 0),
    reasoning: thought,
    audio_output: spoken,
  });
}

function readOpenAi(recording) {
  const answer = emptyAnswer();
  const bodies = recording.stream ? events(recording) : [JSON.parse(recording.body)];
  for (const body of bodies) {
    if (body.usage) {
      answer.usage = body.usage;
      answer.tokens = openAiTokens(body.usage);
    }
    for (const choice of body.choices ?? []) {
      if (choice.index !== 0)
        continue;
      const said = choice.delta ?? choice.message ?? {};
      for (const part of [said.content ?? ''].flat()) { // Mistral's may be a list
        answer.text += typeof part === 'string' ? part : part.text ?? '';
        answer.reasoning += (part.thinking ?? []).map((thought) => thought.text).join('');
      }
      answer.reasoning += said.reasoning_content ?? said.reasoning ?? '';
      answer.refusal += said.refusal ?? '';
      (said.tool_calls ?? []).forEach((call, place) => {
        const gathered = (answer.calls[call.index ?? place] ??= { id: '', name: '', arguments: '' });
        gathered.id ||= call.id ?? '';
        gathered.name ||= call.function?.name ?? '';
        gathered.arguments += call.function?.arguments ?? '';
      });
      answer.finish = choice.finish_reason ?? answer.finish;
    }
  }
  return answer;
}

const anthropicFinish = {
  end_turn: 'stop', stop_sequence: 'stop', pause_turn: 'stop', max_tokens: 'length',
  model_context_window_exceeded: 'length', tool_use: 'tool_calls', refusal: 'content_filter',
};

function anthropicTokens(usage) {
  const hour = usage.cache_creation?.ephemeral_1h_input_tokens;
  const thinking = usage.output_tokens_details?.thinking_tokens;
  return known({
    input: usage.input_tokens,
    cache_read: usage.cache_read_input_tokens,
    cache_write_5m: usage.cache_creation_input_tokens === undefined ? undefined
      : usage.cache_creation_input_tokens - (hour ?? 0),
    cache_write_1h: hour,
    output: usage.output_tokens - (thinking ?? 0),
    reasoning: thinking,
  });
}

/// A streamed message as the object a whole answer would have been.
function assembleAnthropic(recording) {
  const message = { content: [], usage: {} };
  for (const event of events(recording)) {
    if (event.type === 'message_start')
      Object.assign(message.usage, event.message.usage);
    if (event.type === 'content_block_start')
      message.content[event.index] = { ...event.content_block, json: '' };
    if (event.type === 'content_block_delta') {
      const block = message.content[event.index];
      const delta = event.delta;
      if (delta.type === 'text_delta')
        block.text += delta.text;
      if (delta.type === 'thinking_delta')
        block.thinking += delta.thinking;
      if (delta.type === 'input_json_delta')
        block.json += delta.partial_json;
    }
    if (event.type === 'message_delta') {
      Object.assign(message, event.delta);
      for (const [name, value] of Object.entries(event.usage ?? {}))
        if (value !== null)
          message.usage[name] = value;
    }
  }
  return message;
}

function readAnthropic(recording) {
  const answer = emptyAnswer();
  const message = recording.stream ? assembleAnthropic(recording) : JSON.parse(recording.body);
  for (const block of message.content) {
    answer.text += block.type === 'text' ? block.text : '';
    answer.reasoning += block.type === 'thinking' ? block.thinking : '';
    if (block.type === 'tool_use')
      answer.calls.push({ id: block.id, name: block.name, arguments: block.json || JSON.stringify(block.input) });
  }
  answer.finish = anthropicFinish[message.stop_reason];
  answer.refusal = message.stop_details?.explanation ?? '';
  answer.tokens = anthropicTokens(message.usage);
  return answer;
}

const geminiFinish = { STOP: 'stop', MAX_TOKENS: 'length', OTHER: 'stop', LANGUAGE: 'stop' };

function geminiTokens(usage) {
  const modality = (details) => details?.find((detail) => detail.modality === 'AUDIO')?.tokenCount;
  // The prompt's details count cached audio too.
  const audio = modality(usage.promptTokensDetails);
  const heard = audio === undefined ? undefined : audio - (modality(usage.cacheTokensDetails) ?? 0);
  const tools = usage.toolUsePromptTokenCount ?? 0;
  const prompt = usage.promptTokenCount;
  const written = usage.candidatesTokenCount ?? (usage.totalTokenCount === undefined ? undefined
    : usage.totalTokenCount - prompt - (usage.thoughtsTokenCount ?? 0) - tools);
  return known({
    input: prompt === undefined ? undefined : prompt - (usage.cachedContentTokenCount ?? 0) - (heard ?? 0) + tools,
    cache_read: usage.cachedContentTokenCount,
    audio_input: heard,
    output: written,
    reasoning: usage.thoughtsTokenCount,
  });
}

/// One functionCall part; arguments may come in parts of their own ("partialArgs"), a text in several of them.
function addGeminiCall(calls, part) {
  const { name, id = null, args, partialArgs = [] } = part.functionCall;
  if (name)
    calls.push({ id, name, args: args ?? {}, signature: part.thoughtSignature });
  for (const { jsonPath, stringValue, numberValue, boolValue } of partialArgs) {
    const key = jsonPath.replace('$.', '');
    const args = calls.at(-1).args;
    args[key] = stringValue === undefined ? numberValue ?? boolValue ?? null : (args[key] ?? '') + stringValue;
  }
}

function readGemini(recording) {
  const answer = emptyAnswer();
  const bodies = recording.stream ? events(recording) : [JSON.parse(recording.body)];
  for (const body of bodies) {
    if (body.usageMetadata)
      answer.tokens = geminiTokens(body.usageMetadata);
    for (const candidate of body.candidates ?? []) {
      for (const part of candidate.content?.parts ?? []) {
        if (part.text !== undefined)
          answer[part.thought ? 'reasoning' : 'text'] += part.text;
        if (part.functionCall)
          addGeminiCall(answer.calls, part);
      }
      if (candidate.finishReason)
        answer.finish = geminiFinish[candidate.finishReason] ?? 'content_filter';
    }
  }
  if (answer.calls.length > 0 && answer.finish === 'stop')
    answer.finish = 'tool_calls';
  for (const call of answer.calls)
    call.arguments = JSON.stringify(call.args);
  return answer;
}

function readOllama(recording) {
  const answer = emptyAnswer();
  for (const line of recording.body.toString('utf8').split('\n').filter((text) => text.trim() !== '')) {
    const body = JSON.parse(line);
    const said = body.message ?? { content: body.response, thinking: body.thinking };
    answer.text += said.content ?? '';
    answer.reasoning += said.thinking ?? '';
    for (const { id = null, function: { name, arguments: args } } of said.tool_calls ?? [])
      answer.calls.push({ id, name, arguments: JSON.stringify(args) });
    if (body.done) {
      answer.finish = body.done_reason === 'length' ? 'length' : 'stop';
      answer.tokens = known({ input: body.prompt_eval_count, output: body.eval_count });
    }
  }
  if (answer.calls.length > 0 && answer.finish === 'stop')
    answer.finish = 'tool_calls';
  return answer;
}

function responsesTokens(usage) {
  const cached = usage.input_tokens_details?.cached_tokens;
  const written = usage.input_tokens_details?.cache_write_tokens;
  const thought = usage.output_tokens_details?.reasoning_tokens;
  return known({
    input: usage.input_tokens - (cached ?? 0) - (written ?? 0),
    cache_read: cached,
    cache_write_5m: written,
    output: usage.output_tokens - (thought ?? 0),
    reasoning: thought,
  });
}

/// What a Response object says; the answers of every provider end in one.
export function readResponse(response) {
  const answer = emptyAnswer();
  for (const item of response.output) {
    for (const part of item.type === 'message' ? item.content : []) {
      answer.text += part.text ?? '';
      answer.refusal += part.refusal ?? '';
    }
    if (item.type === 'reasoning')
      answer.reasoning += (item.summary?.length ? item.summary : item.content ?? []).map((part) => part.text).join('\n\n');
    if (item.type === 'function_call')
      answer.calls.push({ id: item.call_id, name: item.name, arguments: item.arguments });
    if (item.type === 'custom_tool_call')
      answer.calls.push({ id: item.call_id, name: item.name, arguments: item.input });
  }
  answer.finish = answer.calls.length > 0 ? 'tool_calls' : 'stop';
  if (response.status === 'incomplete')
    answer.finish = response.incomplete_details.reason === 'content_filter' ? 'content_filter' : 'length';
  answer.usage = response.usage;
  answer.tokens = response.usage ? responsesTokens(response.usage) : null;
  return answer;
}

function readResponses(recording) {
  if (!recording.stream)
    return readResponse(JSON.parse(recording.body));
  return readResponse(events(recording).find((event) => /^response\.(completed|incomplete)$/.test(event.type)).response);
}

const cohereFinish = { COMPLETE: 'stop', STOP_SEQUENCE: 'stop', MAX_TOKENS: 'length', TOOL_CALL: 'tool_calls' };

function addCohere(answer, message) {
  answer.reasoning += message.tool_plan ?? '';
  for (const part of [message.content ?? []].flat()) {
    answer.text += part.text ?? '';
    answer.reasoning += part.thinking ?? '';
  }
  for (const call of [message.tool_calls ?? []].flat()) {
    if (call.id)
      answer.calls.push({ id: call.id, name: call.function.name, arguments: '' });
    answer.calls.at(-1).arguments += call.function.arguments;
  }
}

function readCohere(recording) {
  const answer = emptyAnswer();
  const whole = recording.stream ? {} : JSON.parse(recording.body);
  addCohere(answer, whole.message ?? {});
  let end = whole;
  for (const event of recording.stream ? events(recording) : []) {
    if (event.type === 'message-end')
      end = event.delta;
    else
      addCohere(answer, event.delta?.message ?? {});
  }
  for (const call of answer.calls)
    call.arguments ||= '{}';
  answer.finish = cohereFinish[end.finish_reason];
  const { tokens = {}, cached_tokens: cached } = end.usage ?? {};
  answer.tokens = known({
    input: tokens.input_tokens - (cached ?? 0), cache_read: cached,
    output: tokens.output_tokens - (tokens.reasoning_tokens ?? 0), reasoning: tokens.reasoning_tokens,
  });
  return answer;
}

const bedrockFinish = {
  end_turn: 'stop', stop_sequence: 'stop', tool_use: 'tool_calls', max_tokens: 'length', model_context_window_exceeded: 'length',
};

/// A streamed Converse answer as the object a whole one would have been.
function assembleConverse(recording) {
  const content = [];
  const whole = { output: { message: { content } } };
  for (const [name, payload] of readFrames(recording.body)) {
    const { contentBlockIndex: place, start, delta } = payload;
    if (name === 'contentBlockStart' && start.toolUse)
      content[place] = { toolUse: { ...start.toolUse, json: '' } };
    if (name === 'contentBlockDelta') {
      const block = (content[place] ??= {});
      if (delta.text !== undefined)
        block.text = (block.text ?? '') + delta.text;
      if (delta.reasoningContent?.text !== undefined)
        block.reasoningContent = { reasoningText: { text: (block.reasoningContent?.reasoningText.text ?? '') + delta.reasoningContent.text } };
      if (delta.toolUse?.input !== undefined && block.toolUse)
        block.toolUse.json += delta.toolUse.input;
    }
    if (name === 'messageStop')
      whole.stopReason = payload.stopReason;
    if (name === 'metadata')
      whole.usage = payload.usage;
  }
  return whole;
}

function readBedrock(recording) {
  const answer = emptyAnswer();
  const { output, stopReason, usage } = recording.stream ? assembleConverse(recording) : JSON.parse(recording.body);
  for (const block of output.message.content.filter(Boolean)) {
    answer.text += block.text ?? '';
    answer.text += (block.citationsContent?.content ?? []).map((part) => part.text ?? '').join('');
    answer.reasoning += block.reasoningContent?.reasoningText?.text ?? '';
    if (block.toolUse && block.toolUse.type !== 'server_tool_use')
      answer.calls.push({
        id: block.toolUse.toolUseId, name: block.toolUse.name, arguments: block.toolUse.json || JSON.stringify(block.toolUse.input ?? {}),
      });
  }
  answer.finish = bedrockFinish[stopReason] ?? 'content_filter';
  const hour = (usage.cacheDetails ?? []).find(({ ttl }) => ttl === '1h')?.inputTokens;
  answer.tokens = known({
    input: usage.inputTokens,
    cache_read: usage.cacheReadInputTokens,
    cache_write_5m: usage.cacheWriteInputTokens === undefined ? undefined : usage.cacheWriteInputTokens - (hour ?? 0),
    cache_write_1h: hour,
    output: usage.outputTokens,
  });
  return answer;
}

const readers = {
  'openai-chat': readOpenAi, 'openai-responses': readResponses, anthropic: readAnthropic, gemini: readGemini,
  ollama: readOllama, cohere: readCohere, bedrock: readBedrock,
};

/// An answer in the words of OpenAI's finish reasons and our token kinds.
export function read(recording) {
  return readers[recording.dialect](recording);
}

/// The tokens as an OpenAI client is told them: cached ones inside the prompt, reasoning inside the completion.
export function inclusive(tokens) {
  const sum = (...kinds) => kinds.reduce((total, kind) => total + (tokens[kind] ?? 0), 0);
  const prompt = sum('input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'audio_input');
  const completion = sum('output', 'reasoning', 'audio_output');
  return {
    prompt, completion, total: prompt + completion,
    cached: tokens.cache_read ?? 0, reasoning: tokens.reasoning ?? 0,
  };
}
