using Flightc.Chat;
using Flightc.Diagnostics;

namespace Flightc.Tests.Chat;

public sealed class ChatTemplateTests
{
    // What Jinja makes of each, with the settings of the libraries for chat templates.
    [Theory]
    [InlineData("{{ 1 + 2 * 3 }} {{ (1 + 2) * 3 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 3 }}", "7 9 3 -4 2 3.5 8")]
    [InlineData("{{ 1.0 }} {{ 0.1 + 0.2 }} {{ 1e3|default(0) if false else 1.5 }} {{ 10 / 5 }}", "1.0 0.30000000000000004 1.5 2.0")]
    [InlineData("{{ 'a' ~ 1 ~ none ~ true }}", "a1NoneTrue")]
    [InlineData("{{ 'a' ~ 'b' + 'c' }}{{ 'a' + 'b' ~ 1 }}", "abcab1")]
    [InlineData("{{ 'ab' 'cd' }} {{ 'a' * 3 }}", "abcd aaa")]
    [InlineData("{{ [1, 'a', none, 2.0, true] }}", "[1, 'a', None, 2.0, True]")]
    [InlineData("{{ {'a': 1, 'b': [\"it's\", 'x\\ny']} }}", "{'a': 1, 'b': [\"it's\", 'x\\ny']}")]
    [InlineData("{{ (1, 2)[1] }}{{ 'abc'[-1] }}{{ 'abc'[1:] }}{{ 'abcd'[::2] }}{{ 'abc'[::-1] }}{{ [1,2,3][:-1] }}", "2cbcaccba[1, 2]")]
    [InlineData("{{ 'a\U0001F600b'|length }}{{ 'a\U0001F600b'[1:2] }}", "3\U0001F600")]
    [InlineData("{{ 1 < 2 < 3 }} {{ 1 < 2 > 3 }} {{ 'a' in 'abc' }} {{ 2 not in [1, 3] }} {{ 'k' in {'k': 1} }}", "True False True True True")]
    [InlineData("{{ 1 == 1.0 }} {{ true == 1 }} {{ '1' == 1 }} {{ [1, [2]] == [1, [2]] }} {{ {'a': 1} == {'a': 1} }}", "True True False True True")]
    [InlineData("{{ not 1 == 2 }} {{ not true and false }} {{ 0 or 'x' }} {{ 'a' and '' }}|", "True False x |")]
    [InlineData("{{ 'y' if 1 else 'n' }}{{ 'y' if 0 else 'n' }}{{ 'y' if 0 }}", "yn")]
    [InlineData("{{ missing }}|{{ missing is defined }}|{{ missing|default('d') }}|{{ ''|default('d', true) }}|{{ none|default('d') }}", "|False|d|d|None")]
    [InlineData("{% set x = {} %}{{ x.y is defined }}{{ x['z'] is none }}{{ x.z is undefined }}", "FalseFalseTrue")]
    [InlineData("{{ '  a b  '|trim }}|{{ 'xaxx'.strip('x') }}|{{ ' a'.lstrip() }}|{{ 'a '.rstrip() }}", "a b|a|a|a")]
    [InlineData("{{ 'a,b,c'.split(',') }}{{ 'a,b,c'.split(',', 1) }}{{ 'a,b,c'.rsplit(',', 1) }}{{ ' a  b '.split() }}", "['a', 'b', 'c']['a', 'b,c']['a,b', 'c']['a', 'b']")]
    [InlineData("{{ 'abc'.startswith('ab') }}{{ 'abc'.endswith(('x', 'bc')) }}{{ 'abc'.find('c') }}{{ 'abc'.find('x') }}", "TrueTrue2-1")]
    [InlineData("{{ 'hello world'.title() }}{{ 'aBC'|capitalize }}{{ 'ab'|upper }}{{ 'AB'.lower() }}", "Hello WorldAbcABab")]
    [InlineData("{{ 'aXbX'|replace('X', '-') }}{{ 'aXbX'.replace('X', '-', 1) }}{{ 'abc'.removeprefix('a').removesuffix('c') }}", "a-b-a-bXb")]
    [InlineData("{{ [1,2,3]|join(', ') }}{{ ['a','b']|first }}{{ ['a','b']|last }}{{ []|first }}{{ '-'.join(['a','b']) }}", "1, 2, 3aba-b")]
    [InlineData("{{ [3,1,2]|sort }}{{ ['b','A']|sort }}{{ [1,1,2]|unique|list }}{{ [1,2,3]|reverse|list }}{{ [1,2]|sum }}{{ [1,3,2]|max }}{{ [3,1]|min }}", "[1, 2, 3]['A', 'b'][1, 2][3, 2, 1]331")]
    [InlineData("{{ [{'a': 1}, {'a': 2}]|map(attribute='a')|list }}{{ ['a']|map('upper')|join }}{{ [1,2,3]|select('odd')|list }}{{ [0,1]|reject|list }}", "[1, 2]A[1, 3][0]")]
    [InlineData("{{ [{'r': 'u'}, {'r': 'a'}]|selectattr('r', 'equalto', 'u')|list }}{{ [{'r': 'u'}, {}]|rejectattr('r', 'defined')|list }}", "[{'r': 'u'}][{}]")]
    [InlineData("{{ {'b': 1, 'a': [none, true, 'é\"']}|tojson }}", "{\"b\": 1, \"a\": [null, true, \"é\\\"\"]}")]
    [InlineData("{{ {'b': 1, 'a': 2}|tojson(sort_keys=true, separators=(',', ':')) }}{{ []|tojson(indent=2) }}", "{\"a\":2,\"b\":1}[]")]
    [InlineData("{{ {'a': 1}|items|list }}{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% endfor %}", "[['a', 1]]a=1;b=2;")]
    [InlineData("{{ {'a': 1}.get('b', 'x') }}{{ {'a': 1}.get('b') }}{{ {'a': 1}.keys()|list }}{{ {'a': 1}['a'] }}", "xNone['a']1")]
    [InlineData("{{ '12'|int + 1 }}{{ 'x'|int }}{{ '1.5'|float }}{{ 2.9|int }}{{ -3|abs }}{{ 3|string + 'a' }}", "1301.5233a")]
    [InlineData("{{ 'a\nb'|indent(2) }}|{{ 'a\nb'|indent(2, true) }}", "a\n  b|  a\n  b")]
    [InlineData("{{ 1 is odd }}{{ 2 is even }}{{ 9 is divisibleby 3 }}{{ 1 is in [1] }}{{ 'a' is string }}{{ {} is mapping }}{{ [] is sequence }}{{ 1 is number }}{{ 1 is not none }}", "TrueTrueTrueTrueTrueTrueTrueTrueTrue")]
    [InlineData("{% for i in range(3) %}{{ i }}{{ ',' if not loop.last }}{% endfor %}{{ range(1, 7, 2)|list }}", "0,1,2[1, 3, 5]")]
    [InlineData("{% for x in 'ab' %}{{ loop.index }}/{{ loop.length }}{{ loop.revindex0 }}{{ loop.cycle('e', 'o') }}{{ loop.previtem }}{{ loop.nextitem }} {% endfor %}", "1/21eb 2/20oa ")]
    [InlineData("{% for x in [1,2,3,4] if x is even %}{{ loop.index }}:{{ x }} {% else %}none{% endfor %}{% for x in [] %}x{% else %}none{% endfor %}", "1:2 2:4 none")]
    [InlineData("{% for x in [1,2,3,4] %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 4 %}{% break %}{% endif %}{{ x }}{% endfor %}", "13")]
    [InlineData("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}{% if true %}{% set x = 3 %}{% endif %}{{ x }}", "213")]
    [InlineData("{% set ns = namespace(n=0) %}{% for i in [1,2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "3")]
    [InlineData("{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c %}x{{ a }}{% endset %}{{ c }}", "12x1")]
    [InlineData("{% macro m(a, b='d') %}<{{ a }}{{ b }}>{% endmacro %}{{ m(1) }}{{ m(b=2, a=3) }}{{ m('x') | length }}", "<1d><32>4")]
    [InlineData("{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "3210")]
    [InlineData("{% generation %}a{% endgeneration %}b", "ab")]
    [InlineData("a {#- no -#} b{# no #}\nc", "abc")]
    [InlineData("{%- if true -%}\n  a\n{%- endif %}\nb", "ab")]
    [InlineData("x\n  {% if true %}\n  a\n  {% endif %}\n", "x\n  a\n")]
    [InlineData("  {%+ if true %}\na{% endif +%}\nb", "  a\nb")]
    [InlineData("{{ '\\t\\\\\\'\\u00e9\\x41' }}", "\t\\'\u00E9A")]
    [InlineData("{{ dict(a=1)|tojson }}{{ {'a': {'b': 2}}.a.b }}", "{\"a\": 1}2")]
    [InlineData("{{ {'b': 1, 'A': 2}|dictsort }}", "[['A', 2], ['b', 1]]")]
    [InlineData("{{ 1e16 if false else 12345678901234567.0 }} {{ 1 / 30000 }}", "1.2345678901234568e+16 3.3333333333333335e-05")]
    public void A_template_writes_what_jinja_writes(string template, string wanted) => Assert.Equal(wanted, Render(template));

    [Theory]
    [InlineData("a\n{% include 'x' %}", "2:4", "the tag 'include' is not supported; supported are if, for, set")]
    [InlineData("{% for a in b recursive %}", "1:15", "loops that call themselves")]
    [InlineData("{{ a", "1:1", "wanted '}}'")]
    [InlineData("{# a", "1:1", "wanted '#}'")]
    [InlineData("{{ 'a }}", "1:4", "the text that begins here has no end")]
    [InlineData("{{ a $ }}", "1:6", "the character '$'")]
    [InlineData("{{ }}", "1:4", "found '}}', wanted a value")]
    [InlineData("{% if a %}", "1:11", "found 'the end of the template', wanted 'endif'")]
    [InlineData("{% if a %}{% endfor %}", "1:14", "found 'endfor', wanted 'endif'")]
    [InlineData("x{% endif %}", "1:5", "found 'endif' without the tag")]
    [InlineData("{% break %}", "1:4", "'break' stands outside of loops")]
    [InlineData("{{ f(a=1, 2) }}", "1:11", "wanted an argument with a name")]
    [InlineData("{{ '\\uD800' }}", "1:5", "the escape wants 4 hexadecimal digits")]
    [InlineData("{{ 99999999999999999999 }}", "1:4", "the number is too large")]
    [InlineData("{% set a b %}", "1:10", "wanted '%}'")]
    public void What_cannot_be_parsed_is_named_with_line_and_column(string template, string place, string message) =>
        AssertRefused(template, $"t.jinja:{place}", message, isParsed: false);

    [Theory]
    [InlineData("{{ 1|groupby('a') }}", "1:5", "the filter 'groupby' is not supported; supported are abs, capitalize")]
    [InlineData("{{ 1 is blue }}", "1:6", "the test 'blue' is not supported; supported are defined")]
    [InlineData("{{ 'a'.encode() }}", "1:14", "'encode' cannot be called")]
    [InlineData("{{ '{}'.format(1) }}", "1:15", "the method 'format' of texts is not supported")]
    [InlineData("{{ lipsum() }}", "1:10", "'lipsum' cannot be called: it is 'lipsum', which is undefined")]
    [InlineData("{{ strftime_now('%Y') }}", "1:16", "'strftime_now' cannot be called")]
    [InlineData("{{ a.b }}", "1:5", "'a' is undefined, so it has no 'b'")]
    [InlineData("{{ a + 'x' }}", "1:6", "'+' cannot be applied to 'a', which is undefined and a text")]
    [InlineData("{{ 'x' + 1 }}", "1:8", "'+' cannot be applied to a text and a whole number")]
    [InlineData("{{ 1 < 'x' }}", "1:6", "'<' cannot compare a whole number and a text")]
    [InlineData("{{ ''.__class__ }}", "1:6", "'__class__' is not for templates")]
    [InlineData("{% set l = [] %}{{ l.append(1) }}", "1:28", "'append' would change a list")]
    [InlineData("{% set d = {} %}{{ d.update({}) }}", "1:28", "'update' would change a map")]
    [InlineData("{% set x.a = 1 %}", "1:4", "'x' is no namespace")]
    [InlineData("{% set a, b = [1] %}", "1:16", "1 values cannot be given to 2 names")]
    [InlineData("{{ 1 / 0 }}", "1:6", "divided by zero")]
    [InlineData("{{ 9223372036854775807 + 1 }}", "1:24", "too large a number")]
    [InlineData("{{ 'a'|tojson(ensure_ascii=true) }}", "1:7", "ensure_ascii is not supported")]
    [InlineData("{{ 'a'|replace('', 'b') }}", "1:7", "an empty text cannot be replaced")]
    [InlineData("{{ 'a'|trim(1) }}", "1:7", "takes a text as 'chars', not a whole number")]
    [InlineData("{{ 'a'|upper|nope(x=1) }}", "1:13", "the filter 'nope'")]
    [InlineData("{{ range(100001) }}", "1:9", "a range has at most 100000 numbers")]
    [InlineData("{% for x in 5 %}{% endfor %}", "1:13", "wanted something with items, not a whole number")]
    [InlineData("{{ namespace }}", "1:4", "a function cannot be written")]
    public void What_cannot_be_done_is_named_with_line_and_column(string template, string place, string message) =>
        AssertRefused(template, $"t.jinja:{place}", message, isParsed: true);

    [Theory]
    [InlineData("{{ 'a' * 99999999999 }}", "a text of more than")]
    [InlineData("{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", "a text of more than")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", "more than 20000000 steps")]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "more than 20000000 steps")]
    [InlineData("{% for a in range(99999) %}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{% endfor %}", "a text of more than")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "nests more than 500 deep")]
    [InlineData("{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}", "nests more than 500 deep")]
    [InlineData("{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}", "more than 20000000 steps")]
    [InlineData("{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}", "a text of more than")]
    [InlineData("{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a|tojson }}", "a text of more than")]
    [InlineData("{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}", "nested more than 64 deep")]
    public void A_template_that_wants_too_much_is_stopped(string template, string message)
    {
        CompilationException error = Assert.Throws<CompilationException>(() => Render(template));
        Assert.Contains(message, error.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_without_end_is_refused_when_it_is_read()
    {
        AssertTooDeep("{{ " + new string('(', 100_000));
        AssertTooDeep("{{ " + new string('[', 100_000));
        AssertTooDeep("{{ " + string.Concat(Enumerable.Repeat("not ", 100_000)) + "1 }}");
        AssertTooDeep("{{ " + new string('-', 100_000) + "1 }}");
        AssertTooDeep("{{ 1" + string.Concat(Enumerable.Repeat("+1", 100_000)) + " }}");
        AssertTooDeep("{{ a" + string.Concat(Enumerable.Repeat(".a", 100_000)) + " }}");
        AssertTooDeep("{{ a" + string.Concat(Enumerable.Repeat("|a", 100_000)) + " }}");
        AssertTooDeep("{{ a" + string.Concat(Enumerable.Repeat(" if a else a", 100_000)) + " }}");
        AssertTooDeep(string.Concat(Enumerable.Repeat("{% if a %}", 100_000)));
        AssertTooDeep(string.Concat(Enumerable.Repeat("{% for a in b %}", 60_000)));

        static void AssertTooDeep(string template) =>
            Assert.Equal(Codes.ChatTemplateInvalid, Assert.Throws<CompilationException>(() => ChatTemplate.Parse(template, "t")).Diagnostics[0].Code);
    }

    [Fact]
    public void Damaged_templates_are_refused_or_rendered_but_never_fail_otherwise()
    {
        string intact = """
            {%- set ns = namespace(a=0) %}{% macro m(x, y='z') -%}{{ x ~ y }}{%- endmacro %}
            {% for message in messages if message.role != 'tool' %}{{ loop.index }}{{ m(message['content'][0:2]|upper, y=[1, 2]|join('-')) }}
            {% set ns.a = ns.a + loop.index0 * 2 %}{% else %}-{% endfor %}{{ {'a': ns.a, 'b': not true}|tojson(indent=1) }}
            {% if ns.a is defined and ns.a >= 2 or x is none %}{{ 'y' if ns.a % 2 else 'n' }}{% elif x %}{% endif %}
            """;
        const string Alphabet = "{}%#'\"()[]|.,:=+-*/~<>! \nabisnorfelt0129_";
        Random random = new(29);
        int refused = 0;
        for (int trial = 0; trial < 20_000; trial++)
        {
            char[] damaged = intact.ToCharArray();
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                damaged[random.Next(damaged.Length)] = Alphabet[random.Next(Alphabet.Length)];
            }

            try
            {
                Render(new string(damaged));
            }
            catch (CompilationException error)
            {
                Assert.StartsWith("t.jinja:", error.Diagnostics[0].Location, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.InRange(refused, 5_000, 19_999);
    }

    [Fact]
    public void A_template_can_be_used_again_and_remembers_nothing()
    {
        ChatTemplate template = ChatTemplate.Parse("{% set n = (n|default(0)) + 1 %}{{ n }}{{ messages|length }}", "t");
        Assert.Equal("11", template.Render(ChatConversation.Of(("user", "a"))));
        Assert.Equal("12", template.Render(ChatConversation.Of(("user", "a"), ("assistant", "b"))));
    }

    private static string Render(string template) =>
        ChatTemplate.Parse(template, "t.jinja").Render(ChatConversation.Of(("user", "abc"), ("assistant", "def")));

    private static void AssertRefused(string template, string place, string message, bool isParsed)
    {
        CompilationException error = isParsed
            ? Assert.Throws<CompilationException>(() => ChatTemplate.Parse(template, "t.jinja").Render(ChatConversation.Of(("user", "abc"))))
            : Assert.Throws<CompilationException>(() => ChatTemplate.Parse(template, "t.jinja"));
        Assert.Contains(message, error.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Equal(place, error.Diagnostics[0].Location);
        Assert.Equal(Codes.ChatTemplateInvalid, error.Diagnostics[0].Code);
    }
}
