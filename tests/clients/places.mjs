// SPDX-License-Identifier: GPL-3.0-or-later
// Where each dialect keeps what a request says: read from the bodies that reach a provider. A tool that is forced is
// named, or "*" where any will do.

const words = (content) => (typeof content === 'string' ? content : content.map((part) => part.text ?? '').join(''));
const url = (base64, type) => `data:${type};base64,${base64}`;
const withRole = (messages, role) => messages.filter((message) => message.role === role);
const inPart = (parts, field) => parts.flatMap((part) => (part[field] ? [part[field]] : []));
const flat = (messages, pick) => messages.flatMap((message) => (typeof message.content === 'string' ? [] : pick(message.content)));

const openAi = {
  prompts: ({ messages }) => withRole(messages, 'user').map(({ content }) => words(content)),
  system: ({ messages }) => words(messages.find(({ role }) => role === 'system' || role === 'developer').content),
  tools: ({ tools }) => tools.map((tool) => [tool.function.name, tool.function.parameters]),
  calls: ({ messages }) => messages.flatMap((message) => message.tool_calls ?? []).map((call) => call.id),
  results: ({ messages }) => withRole(messages, 'tool').map((message) => [message.tool_call_id, words(message.content)]),
  media: ({ messages }) => flat(messages, (parts) => parts.filter((part) => part.type !== 'text')),
  image: (base64) => ({ type: 'image_url', image_url: { url: url(base64, 'image/png') } }),
  pdf: (base64) => ({ type: 'file', file: { filename: 'Chart', file_data: url(base64, 'application/pdf') } }),
};

export const places = {
  'openai-chat': {
    ...openAi,
    forced: ({ tool_choice: choice }) => (choice === 'required' ? '*' : choice.function.name),
    schema: (body) => body.response_format.json_schema.schema,
    limits: (body) => [body.max_completion_tokens ?? body.max_tokens, body.stop],
    thinks: (body) => Boolean(body.reasoning_effort),
  },
  'openai-responses': {
    prompts: (body) => openAi.prompts({ messages: body.input }),
    system: (body) => body.instructions ?? openAi.system({ messages: body.input }),
    tools: (body) => body.tools.map((tool) => [tool.name, tool.parameters]),
    forced: ({ tool_choice: choice }) => (choice === 'required' ? '*' : choice.name),
    schema: (body) => body.text.format.schema,
    // The API has no stop sequences.
    limits: (body) => [body.max_output_tokens, undefined],
    calls: (body) => body.input.filter((item) => item.type === 'function_call').map((item) => item.call_id),
    results: (body) => body.input.filter((item) => item.type === 'function_call_output').map((item) => [item.call_id, words(item.output)]),
    media: (body) => flat(body.input, (parts) => parts.filter((part) => part.type !== 'input_text')),
    image: (base64) => ({ type: 'input_image', image_url: url(base64, 'image/png') }),
    pdf: (base64) => ({ type: 'input_file', filename: 'Chart', file_data: url(base64, 'application/pdf') }),
    thinks: (body) => Boolean(body.reasoning?.effort),
  },
  anthropic: {
    prompts: openAi.prompts,
    system: (body) => words(body.system),
    tools: (body) => body.tools.map((tool) => [tool.name, tool.input_schema]),
    forced: ({ tool_choice: choice }) => (choice.type === 'any' ? '*' : choice.name),
    schema: (body) => body.output_config.format.schema,
    limits: (body) => [body.max_tokens, body.stop_sequences],
    calls: (body) => flat(body.messages, (blocks) => blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => id)),
    results: (body) => flat(body.messages, (blocks) =>
      blocks.filter(({ type }) => type === 'tool_result').map((block) => [block.tool_use_id, words(block.content)])),
    media: (body) => flat(body.messages, (blocks) => blocks.filter((block) => block.source)),
    image: (base64) => ({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64 } }),
    pdf: (base64) => ({ type: 'document', title: 'Chart', source: { type: 'base64', media_type: 'application/pdf', data: base64 } }),
    thinks: (body) => Boolean(body.thinking ?? body.output_config?.effort),
  },
  gemini: {
    prompts: (body) => withRole(body.contents, 'user').map(({ parts }) => words(parts)),
    system: (body) => words(body.systemInstruction.parts),
    tools: (body) => body.tools[0].functionDeclarations.map((tool) => [tool.name, tool.parametersJsonSchema ?? tool.parameters]),
    forced: ({ toolConfig: { functionCallingConfig: { mode, allowedFunctionNames: names } } }) => names?.[0] ?? (mode === 'ANY' ? '*' : undefined),
    schema: (body) => body.generationConfig.responseJsonSchema ?? body.generationConfig.responseSchema,
    limits: ({ generationConfig: config }) => [config.maxOutputTokens, config.stopSequences],
    // Calls have ids here only where the caller speaks this dialect too.
    calls: (body) => body.contents.flatMap(({ parts }) => inPart(parts, 'functionCall')).map((call) => call.id),
    results: (body) => body.contents.flatMap(({ parts }) => inPart(parts, 'functionResponse'))
      .map(({ id, response }) => [id, JSON.stringify(response)]),
    media: (body) => body.contents.flatMap(({ parts }) => parts.filter((part) => part.inlineData)),
    image: (base64) => ({ inlineData: { mimeType: 'image/png', data: base64 } }),
    pdf: (base64) => ({ inlineData: { mimeType: 'application/pdf', data: base64 } }),
    thinks: (body) => Boolean(body.generationConfig.thinkingConfig),
  },
  ollama: {
    ...openAi,
    // It cannot force a tool.
    forced: () => undefined,
    schema: (body) => body.format,
    limits: ({ options }) => [options.num_predict, options.stop],
    results: (body) => withRole(body.messages, 'tool').map((message) => [message.tool_call_id, message.content]),
    media: (body) => body.messages.flatMap((message) => message.images ?? []),
    image: (base64) => base64,
    pdf: undefined,
    thinks: (body) => Boolean(body.think),
  },
  cohere: {
    ...openAi,
    // Only that tool is offered, and one is required.
    forced: (body) => (body.tool_choice === 'REQUIRED' && body.tools.length === 1 ? body.tools[0].function.name : undefined),
    schema: (body) => body.response_format.json_schema ?? body.response_format.schema,
    limits: (body) => [body.max_tokens, body.stop_sequences],
    pdf: undefined,
    thinks: (body) => body.thinking?.type === 'enabled',
  },
  bedrock: {
    prompts: openAi.prompts,
    system: (body) => words(body.system),
    tools: (body) => body.toolConfig.tools.filter((tool) => tool.toolSpec).map(({ toolSpec }) => [toolSpec.name, toolSpec.inputSchema.json]),
    forced: ({ toolConfig: { toolChoice } }) => (toolChoice.any ? '*' : toolChoice.tool.name),
    schema: (body) => JSON.parse(body.outputConfig.textFormat.structure.jsonSchema.schema),
    limits: ({ inferenceConfig: config }) => [config.maxTokens, config.stopSequences],
    calls: (body) => body.messages.flatMap(({ content }) => inPart(content, 'toolUse')).map((call) => call.toolUseId),
    results: (body) => body.messages.flatMap(({ content }) => inPart(content, 'toolResult'))
      .map((result) => [result.toolUseId, result.content.map((item) => item.text ?? JSON.stringify(item.json)).join('')]),
    media: (body) => body.messages.flatMap(({ content }) => content.filter((block) => block.image ?? block.document)),
    image: (base64) => ({ image: { format: 'png', source: { bytes: base64 } } }),
    pdf: (base64) => ({ document: { format: 'pdf', name: 'Chart', source: { bytes: base64 } } }),
    thinks: (body) => Boolean(body.additionalModelRequestFields?.thinking ?? body.additionalModelRequestFields?.output_config),
  },
};
