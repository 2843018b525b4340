using Flightc.Chat;

namespace Flightc.Tests.Chat;

/// <summary>
/// Templates with the structure of those that families publish, and texts worked out by hand from the families' formats.
/// </summary>
public sealed class PublishedTemplateTests
{
    private const string ChatMl = """
        {% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}
        """;

    private const string Llama2 = """
        {% if messages[0]['role'] == 'system' %}
            {% set rest = messages[1:] %}
            {% set system = messages[0]['content'] %}
        {% else %}
            {% set rest = messages %}
            {% set system = false %}
        {% endif %}
        {% for message in rest %}
            {% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
                {{ raise_exception('Roles must alternate user/assistant/user/assistant/...') }}
            {% endif %}
            {% if loop.index0 == 0 and system != false %}
                {% set content = '<<SYS>>\n' + system + '\n<</SYS>>\n\n' + message['content'] %}
            {% else %}
                {% set content = message['content'] %}
            {% endif %}
            {% if message['role'] == 'user' %}
                {{- bos_token + '[INST] ' + content.strip() + ' [/INST]' -}}
            {% elif message['role'] == 'assistant' %}
                {{- ' ' + content.strip() + ' ' + eos_token -}}
            {% endif %}
        {% endfor %}
        """;

    private const string Llama3 = """
        {{- bos_token }}
        {%- if not date_string is defined %}
            {%- if strftime_now is defined %}
                {%- set date_string = strftime_now("%d %b %Y") %}
            {%- else %}
                {%- set date_string = "26 Jul 2024" %}
            {%- endif %}
        {%- endif %}

        {#- The system message is taken out, so that it stands at one place. #}
        {%- if messages[0]['role'] == 'system' %}
            {%- set system_message = messages[0]['content']|trim %}
            {%- set messages = messages[1:] %}
        {%- else %}
            {%- set system_message = "" %}
        {%- endif %}

        {{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
        {{- "Cutting Knowledge Date: December 2023\n" }}
        {{- "Today Date: " + date_string + "\n\n" }}
        {%- if tools is not none %}
            {{- "Tools:\n\n" }}
            {%- for t in tools %}
                {{- t | tojson(indent=4) }}
                {{- "\n\n" }}
            {%- endfor %}
        {%- endif %}
        {{- system_message }}
        {{- "<|eot_id|>" }}
        {%- for message in messages %}
            {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
        {%- endif %}
        """;

    private const string Mistral = """
        {%- if messages[0]["role"] == "system" %}
            {%- set system_message = messages[0]["content"] %}
            {%- set loop_messages = messages[1:] %}
        {%- else %}
            {%- set loop_messages = messages %}
        {%- endif %}
        {%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
        {%- set ns = namespace() %}
        {%- set ns.index = 0 %}
        {%- for message in loop_messages %}
            {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
                {{- raise_exception("After the optional system message, conversation roles must alternate") }}
            {%- endif %}
            {%- set ns.index = ns.index + 1 %}
        {%- endfor %}
        {{- bos_token }}
        {%- for message in loop_messages %}
            {%- if message["role"] == "user" %}
                {%- if loop.last and system_message is defined %}
                    {{- "[INST] " + system_message + "\n\n" + message["content"] + "[/INST]" }}
                {%- else %}
                    {{- "[INST] " + message["content"] + "[/INST]" }}
                {%- endif %}
            {%- elif message["role"] == "assistant" %}
                {{- " " + message["content"]|trim + eos_token }}
            {%- else %}
                {{- raise_exception("Only user and assistant roles are supported") }}
            {%- endif %}
        {%- endfor %}
        """;

    private const string Qwen25 = """
        {%- if tools %}
            {{- '<|im_start|>system\n# Tools\n<tools>' }}
            {%- for tool in tools %}
                {{- "\n" }}
                {{- tool | tojson }}
            {%- endfor %}
            {{- "\n</tools><|im_end|>\n" }}
        {%- else %}
            {%- if messages[0]['role'] == 'system' %}
                {{- '<|im_start|>system\n' + messages[0]['content'] + '<|im_end|>\n' }}
            {%- else %}
                {{- '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}
            {%- endif %}
        {%- endif %}
        {%- for message in messages %}
            {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
                {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|im_start|>assistant\n' }}
        {%- endif %}

        """;

    private const string Phi3 =
        "{% for message in messages %}{% if message['role'] == 'system' and message['content'] %}{{'<|system|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'assistant' %}{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}";

    private const string Gemma = """
        {{ bos_token }}
        {%- if messages[0]['role'] == 'system' -%}
            {{ raise_exception('System role not supported') }}
        {%- endif -%}
        {%- for message in messages -%}
            {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
                {{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}
            {%- endif -%}
            {%- if (message['role'] == 'assistant') -%}
                {%- set role = 'model' -%}
            {%- else -%}
                {%- set role = message['role'] -%}
            {%- endif -%}
            {{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
            {{ '<start_of_turn>model\n' }}
        {%- endif -%}
        """;

    private const string Gemma3 = """
        {{ bos_token }}
        {%- if messages[0]['role'] == 'system' -%}
            {%- if messages[0]['content'] is string -%}
                {%- set first_user_prefix = messages[0]['content'] + '\n\n' -%}
            {%- else -%}
                {%- set first_user_prefix = messages[0]['content'][0]['text'] + '\n\n' -%}
            {%- endif -%}
            {%- set loop_messages = messages[1:] -%}
        {%- else -%}
            {%- set first_user_prefix = "" -%}
            {%- set loop_messages = messages -%}
        {%- endif -%}
        {%- for message in loop_messages -%}
            {%- set role = "model" if message['role'] == 'assistant' else message['role'] -%}
            {{ '<start_of_turn>' + role + '\n' + (first_user_prefix if loop.first else "") }}
            {%- if message['content'] is string -%}
                {{ message['content'] | trim }}
            {%- elif message['content'] is iterable -%}
                {%- for item in message['content'] -%}
                    {%- if item['type'] == 'image' -%}
                        {{ '<start_of_image>' }}
                    {%- elif item['type'] == 'text' -%}
                        {{ item['text'] | trim }}
                    {%- endif -%}
                {%- endfor -%}
            {%- endif -%}
            {{ '<end_of_turn>\n' }}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
            {{ '<start_of_turn>model\n' }}
        {%- endif -%}
        """;

    private const string Zephyr = """
        {% for message in messages %}
        {% if message['role'] == 'user' %}
        {{ '<|user|>\n' + message['content'] + eos_token }}
        {% elif message['role'] == 'system' %}
        {{ '<|system|>\n' + message['content'] + eos_token }}
        {% elif message['role'] == 'assistant' %}
        {{ '<|assistant|>\n'  + message['content'] + eos_token }}
        {% endif %}
        {% if loop.last and add_generation_prompt %}
        {{ '<|assistant|>' }}
        {% endif %}
        {% endfor %}
        """;

    private static readonly (string, string)[] Short = [("user", "Hi")];
    private static readonly (string, string)[] Long =
        [("system", "Be brief."), ("user", " Hi "), ("assistant", "Hello!"), ("user", "Bye")];

    [Fact]
    public void ChatMl_frames_every_message()
    {
        Assert.Equal("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", Render(ChatMl, Short));
        Assert.Equal(
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi <|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n",
            Render(ChatMl, Long));
    }

    [Fact]
    public void Llama2_puts_the_system_message_into_the_first_one()
    {
        Assert.Equal("<s>[INST] Hi [/INST]", Render(Llama2, Short));
        Assert.Equal(
            "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n Hi [/INST] Hello! </s><s>[INST] Bye [/INST]",
            Render(Llama2, Long));
    }

    [Fact]
    public void Llama3_has_a_date_and_takes_that_of_the_caller_where_there_is_one()
    {
        Assert.Equal(
            "<s><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Render(Llama3, Short));
        Assert.Contains("Today Date: 05 Mar 2025\n\nBe brief.<|eot_id|>", Render(Llama3, Long, new DateTime(2025, 3, 5)), StringComparison.Ordinal);
        Assert.Contains("<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>", Render(Llama3, Long), StringComparison.Ordinal);
    }

    [Fact]
    public void Llama3_writes_tools_as_indented_json()
    {
        ChatConversation conversation = ConversationFile.Parse(
            """{"messages":[{"role":"user","content":"Hi"}],"tools":[{"name":"f\u00E9","parameters":{"list":[1,2.5],"none":[]}}]}"""u8.ToArray(), "c.json");
        string text = ChatTemplate.Parse(Llama3, "t").Render(WithTokens(conversation));
        Assert.Equal(
            "Tools:\n\n{\n    \"name\": \"f\u00E9\",\n    \"parameters\": {\n        \"list\": [\n            1,\n            2.5\n        ],\n        \"none\": []\n    }\n}\n\n<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            text[text.IndexOf("Tools", StringComparison.Ordinal)..]);
    }

    [Fact]
    public void Mistral_puts_the_system_message_into_the_last_one()
    {
        Assert.Equal("<s>[INST] Hi[/INST]", Render(Mistral, Short));
        Assert.Equal("<s>[INST]  Hi [/INST] Hello!</s>[INST] Be brief.\n\nBye[/INST]", Render(Mistral, Long));
    }

    [Fact]
    public void Qwen25_has_a_system_message_of_its_own()
    {
        Assert.Equal(
            "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
            Render(Qwen25, Short));
        Assert.StartsWith("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi <|im_end|>\n", Render(Qwen25, Long), StringComparison.Ordinal);
    }

    [Fact]
    public void Phi3_has_a_line_per_role() => Assert.Equal(
        "<|system|>\nBe brief.<|end|>\n<|user|>\n Hi <|end|>\n<|assistant|>\nHello!<|end|>\n<|user|>\nBye<|end|>\n<|assistant|>\n",
        Render(Phi3, Long));

    [Fact]
    public void Gemma_calls_the_assistant_model_and_knows_no_system()
    {
        Assert.Equal(
            "<s><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\nHello!<end_of_turn>\n<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n",
            Render(Gemma, Long[1..]));
        var error = Assert.Throws<Flightc.Diagnostics.CompilationException>(() => Render(Gemma, Long));
        Assert.Equal(Flightc.Diagnostics.Codes.ConversationInvalid, error.Diagnostics[0].Code);
        Assert.Contains("System role not supported", error.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gemma3_takes_contents_of_several_parts()
    {
        ChatConversation conversation = ConversationFile.Parse(
            """[{"role":"system","content":[{"type":"text","text":"Be brief."}]},{"role":"user","content":[{"type":"image"},{"type":"text","text":" Hi "}]}]"""u8.ToArray(), "c.json");
        Assert.Equal(
            "<s><start_of_turn>user\nBe brief.\n\n<start_of_image>Hi<end_of_turn>\n<start_of_turn>model\n",
            ChatTemplate.Parse(Gemma3, "t").Render(WithTokens(conversation)));
    }

    // The tags stand on lines of their own, which go with them; only the line breaks behind the outputs stay.
    [Fact]
    public void Zephyr_has_its_line_breaks_where_its_outputs_end() => Assert.Equal(
        "<|system|>\nBe brief.</s>\n<|user|>\n Hi </s>\n<|assistant|>\nHello!</s>\n<|user|>\nBye</s>\n<|assistant|>\n",
        Render(Zephyr, Long));

    [Fact]
    public void The_template_of_qwen3_keeps_thoughts_out_of_earlier_turns()
    {
        string template = File.ReadAllText(TestData.Wider("tokenizers", "qwen3", "chat_template.jinja"));
        (string, string)[] messages =
        [
            ("system", "Be brief."), ("user", "Hi"), ("assistant", "<think>\nA greeting.\n</think>\n\nHello!"), ("user", "Bye"),
        ];
        Assert.Equal(
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n",
            Render(template, messages));
        Assert.Equal(
            "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\nA greeting.\n</think>\n\nHello!<|im_end|>\n<|im_start|>assistant\n",
            Render(template, messages[1..3]));
    }

    [Fact]
    public void The_template_of_qwen3_writes_tools_and_their_calls()
    {
        string template = File.ReadAllText(TestData.Wider("tokenizers", "qwen3", "chat_template.jinja"));
        ChatConversation conversation = ConversationFile.Parse(
            """
            {"tools":[{"type":"function","function":{"name":"add"}}],
             "messages":[{"role":"user","content":"1+2?"},
               {"role":"assistant","content":"","tool_calls":[{"function":{"name":"add","arguments":{"a":1,"b":2}}}]},
               {"role":"tool","content":"3"}]}
            """u8.ToArray(), "c.json");
        string text = ChatTemplate.Parse(template, "t").Render(conversation);
        Assert.Contains("<tools>\n{\"type\": \"function\", \"function\": {\"name\": \"add\"}}\n</tools>", text, StringComparison.Ordinal);
        Assert.EndsWith(
            "<|im_start|>assistant\n<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": 2}}\n</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\n3\n</tool_response><|im_end|>\n<|im_start|>assistant\n",
            text, StringComparison.Ordinal);
    }

    private static string Render(string template, (string Role, string Content)[] messages, DateTime? now = null) =>
        ChatTemplate.Parse(template, "t").Render(WithTokens(ChatConversation.Of(messages), now));

    private static ChatConversation WithTokens(ChatConversation conversation, DateTime? now = null) =>
        conversation.Knowing(new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" }, now);
}
