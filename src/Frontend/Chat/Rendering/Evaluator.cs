namespace Flightc.Chat;

/// <summary>Computes the values of expressions.</summary>
internal sealed class Evaluator(RenderContext context)
{
    /// <summary>The value of an expression.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="scope">The variables.</param>
    public object? Evaluate(Expression expression, Scope scope)
    {
        context.Enter();
        context.Position = expression.Position;
        object? value = expression switch
        {
            Expression.Literal literal => literal.Value,
            Expression.Name name => scope.Get(name.Text),
            Expression.List list => list.Items.Select(item => Evaluate(item, scope)).ToList(),
            Expression.Map map => EvaluateMap(map, scope),
            Expression.Member member => EvaluateMember(member, scope),
            Expression.Item item => EvaluateItem(item, scope),
            Expression.Slice slice => EvaluateSlice(slice, scope),
            Expression.Call call => EvaluateCall(call, scope),
            Expression.Filter filter => EvaluateFilter(filter, scope),
            Expression.Test test => EvaluateTest(test, scope),
            Expression.Unary unary => EvaluateUnary(unary, scope),
            Expression.Binary binary => EvaluateBinary(binary, scope),
            Expression.Comparison comparison => EvaluateComparison(comparison, scope),
            Expression.Conditional conditional => EvaluateConditional(conditional, scope),
            _ => throw new InvalidOperationException($"an expression of the kind {expression.GetType()}"),
        };
        context.Leave();
        return value;
    }

    private TemplateMap EvaluateMap(Expression.Map map, Scope scope)
    {
        TemplateMap result = new();
        foreach ((Expression key, Expression value) in map.Entries)
        {
            object? name = Evaluate(key, scope);
            result[name as string ?? throw context.Fault($"the key of a map is a text, not {TemplateValue.KindOf(name)}")] =
                Evaluate(value, scope);
        }

        return result;
    }

    private object? EvaluateMember(Expression.Member member, Scope scope)
    {
        object? target = Evaluate(member.Target, scope);
        context.Position = member.Position;
        return Members.Get(target, member.Text, context);
    }

    private object? EvaluateItem(Expression.Item item, Scope scope)
    {
        object? target = Evaluate(item.Target, scope);
        object? key = Evaluate(item.Key, scope);
        context.Position = item.Position;
        return Members.Item(target, key, context);
    }

    private object? EvaluateSlice(Expression.Slice slice, Scope scope)
    {
        object? target = Evaluate(slice.Target, scope);
        long? start = Bound(slice.Start);
        long? stop = Bound(slice.Stop);
        long? step = Bound(slice.Step);
        context.Position = slice.Position;
        return Members.Slice(target, start, stop, step ?? 1, context);

        long? Bound(Expression? expression)
        {
            object? value = expression is null ? null : Evaluate(expression, scope);
            return value is null or long
                ? (long?)value
                : throw context.Fault($"the bound of a slice is a whole number, not {TemplateValue.KindOf(value)}");
        }
    }

    private object? EvaluateCall(Expression.Call call, Scope scope)
    {
        object? target = Evaluate(call.Target, scope);
        CallArguments given = Arguments(Describe(call.Target), call.Given, scope);
        context.Position = call.Position;
        return target switch
        {
            TemplateFunction function => function.Call(given, context),
            BoundMethod method => Methods.Call(method, given, context),
            _ => throw context.Fault($"{Describe(call.Target)} cannot be called: it is {TemplateValue.KindOf(target)}"),
        };
    }

    private static string Describe(Expression target) => target switch
    {
        Expression.Name name => $"'{name.Text}'",
        Expression.Member member => $"'{member.Text}'",
        _ => "what stands before the parentheses",
    };

    private object? EvaluateFilter(Expression.Filter filter, Scope scope)
    {
        object? target = Evaluate(filter.Target, scope);
        CallArguments given = Arguments($"the filter '{filter.Text}'", filter.Given, scope);
        context.Position = filter.Position;
        return Filters.Apply(filter.Text, target, given, context);
    }

    private object? EvaluateTest(Expression.Test test, Scope scope)
    {
        object? target = Evaluate(test.Target, scope);
        CallArguments given = Arguments($"the test '{test.Text}'", test.Given, scope);
        context.Position = test.Position;
        return Tests.Holds(test.Text, target, given, context) != test.IsNegated;
    }

    private object? EvaluateUnary(Expression.Unary unary, Scope scope)
    {
        object? operand = Evaluate(unary.Operand, scope);
        context.Position = unary.Position;
        return unary.Operator == "not"
            ? !TemplateValue.IsTrue(operand)
            : Operators.Apply(unary.Operator, 0L, operand is bool flag ? (flag ? 1L : 0L) : operand, context);
    }

    private object? EvaluateBinary(Expression.Binary binary, Scope scope)
    {
        object? left = Evaluate(binary.Left, scope);
        if (binary.Operator is "and" or "or")
        {
            return TemplateValue.IsTrue(left) == (binary.Operator == "and") ? Evaluate(binary.Right, scope) : left;
        }

        object? right = Evaluate(binary.Right, scope);
        context.Position = binary.Position;
        return Operators.Apply(binary.Operator, left, right, context);
    }

    private bool EvaluateComparison(Expression.Comparison comparison, Scope scope)
    {
        object? left = Evaluate(comparison.First, scope);
        foreach ((string operation, Expression expression) in comparison.Links)
        {
            object? right = Evaluate(expression, scope);
            context.Position = comparison.Position;
            if (!Operators.Compare(operation, left, right, context))
            {
                return false;
            }

            left = right;
        }

        return true;
    }

    private object? EvaluateConditional(Expression.Conditional conditional, Scope scope)
    {
        if (TemplateValue.IsTrue(Evaluate(conditional.Condition, scope)))
        {
            return Evaluate(conditional.Then, scope);
        }

        return conditional.Otherwise is { } otherwise
            ? Evaluate(otherwise, scope)
            : new Undefined("the value of an 'if' without 'else'");
    }

    private CallArguments Arguments(string what, Expression.Arguments given, Scope scope) => new(
        what,
        [.. given.Values.Select(value => Evaluate(value, scope))],
        [.. given.Named.Select(named => KeyValuePair.Create(named.Name, Evaluate(named.Value, scope)))],
        context);
}
