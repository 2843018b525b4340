using System.Text;

namespace Flightc.Chat;

/// <summary>Carries out the statements of a template.</summary>
internal sealed class Renderer(RenderContext context)
{
    private readonly Evaluator _evaluator = new(context);

    /// <summary>How a list of statements ended.</summary>
    private enum Flow
    {
        /// <summary>At its end.</summary>
        Next,

        /// <summary>With <c>break</c>.</summary>
        Break,

        /// <summary>With <c>continue</c>.</summary>
        Continue,
    }

    /// <summary>The text of a template.</summary>
    public string Render(IReadOnlyList<Statement> body, Scope scope)
    {
        StringBuilder output = new();
        Run(body, scope, output);
        return output.ToString();
    }

    private Flow Run(IReadOnlyList<Statement> body, Scope scope, StringBuilder output)
    {
        context.Enter();
        Flow flow = Flow.Next;
        for (int i = 0; i < body.Count && flow == Flow.Next; i++)
        {
            flow = Run(body[i], scope, output);
        }

        context.Leave();
        return flow;
    }

    private Flow Run(Statement statement, Scope scope, StringBuilder output)
    {
        context.Spend(1);
        context.Position = statement.Position;
        switch (statement)
        {
            case Statement.Text text:
                Write(text.Content, output);
                return Flow.Next;
            case Statement.Output value:
                Write(TemplateValue.ToText(_evaluator.Evaluate(value.Value, scope), context), output);
                return Flow.Next;
            case Statement.Set set:
                Assign(set.Names, _evaluator.Evaluate(set.Value, scope), scope);
                return Flow.Next;
            case Statement.SetMember set:
                SetMember(set, scope);
                return Flow.Next;
            case Statement.SetBlock set:
                StringBuilder content = new();
                Flow ended = Run(set.Body, new Scope(scope), content);
                scope.Set(set.Name, content.ToString());
                return ended;
            case Statement.If conditional:
                foreach ((Expression condition, IReadOnlyList<Statement> branch) in conditional.Branches)
                {
                    if (TemplateValue.IsTrue(_evaluator.Evaluate(condition, scope)))
                    {
                        return Run(branch, scope, output);
                    }
                }

                return Run(conditional.Otherwise, scope, output);
            case Statement.For loop:
                return Loop(loop, scope, output);
            case Statement.Macro macro:
                scope.Set(macro.Name, new TemplateFunction(macro.Name, (given, _) => Expand(macro, given, scope)));
                return Flow.Next;
            case Statement.Break:
                return Flow.Break;
            case Statement.Continue:
                return Flow.Continue;
            default:
                throw new InvalidOperationException($"a statement of the kind {statement.GetType()}");
        }
    }

    private void Write(string text, StringBuilder output)
    {
        context.Spend(text.Length);
        context.Limit((long)output.Length + text.Length);
        output.Append(text);
    }

    private void Assign(IReadOnlyList<string> names, object? value, Scope scope)
    {
        if (names.Count == 1)
        {
            scope.Set(names[0], value);
            return;
        }

        IReadOnlyList<object?> items = TemplateValue.ItemsOf(value, context);
        if (items.Count != names.Count)
        {
            throw context.Fault($"{items.Count} values cannot be given to {names.Count} names");
        }

        for (int i = 0; i < names.Count; i++)
        {
            scope.Set(names[i], items[i]);
        }
    }

    private void SetMember(Statement.SetMember set, Scope scope)
    {
        object? value = _evaluator.Evaluate(set.Value, scope);
        context.Position = set.Position;
        TemplateNamespace space = scope.Get(set.Target) as TemplateNamespace
            ?? throw context.Fault($"'{set.Target}' is no namespace, so '{set.Member}' of it cannot be set");
        space.Values[set.Member] = value;
    }

    private Flow Loop(Statement.For loop, Scope scope, StringBuilder output)
    {
        List<object?> items = [];
        foreach (object? item in TemplateValue.ItemsOf(_evaluator.Evaluate(loop.Items, scope), context))
        {
            Scope inner = new(scope);
            if (loop.Condition is not null)
            {
                Assign(loop.Names, item, inner);
            }

            if (loop.Condition is null || TemplateValue.IsTrue(_evaluator.Evaluate(loop.Condition, inner)))
            {
                items.Add(item);
            }
        }

        if (items.Count == 0)
        {
            return Run(loop.Otherwise, new Scope(scope), output);
        }

        LoopState state = new(items, scope.LoopDepth + 1);
        for (int i = 0; i < items.Count; i++)
        {
            Scope inner = new(scope) { LoopDepth = scope.LoopDepth + 1 };
            state.Index = i;
            inner.Set("loop", state);
            context.Position = loop.Position;
            Assign(loop.Names, items[i], inner);
            if (Run(loop.Body, inner, output) == Flow.Break)
            {
                break;
            }
        }

        return Flow.Next;
    }

    private string Expand(Statement.Macro macro, CallArguments given, Scope definition)
    {
        Scope scope = new(definition);
        string[] names = [.. macro.Parameters.Select(parameter => parameter.Name)];
        given.Accept(names.Length, names);
        for (int i = 0; i < names.Length; i++)
        {
            object? value = given.TryGet(i, names[i], out object? found) ? found
                : macro.Parameters[i].Default is { } fallback ? _evaluator.Evaluate(fallback, scope)
                : new Undefined($"'{names[i]}'");
            scope.Set(names[i], value);
        }

        StringBuilder output = new();
        Run(macro.Body, scope, output);
        return output.ToString();
    }
}
