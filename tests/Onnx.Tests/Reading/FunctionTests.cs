using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Proto;
using static Flightc.Tests.Onnx.Models;

namespace Flightc.Tests.Onnx.Reading;

public sealed class FunctionTests
{
    [Fact]
    public void A_call_becomes_the_nodes_of_the_function()
    {
        FunctionProto gate = Function("Gate", ["a", "b"], ["r"], Node("Sigmoid", ["a"], ["s"]), Node("Mul", ["s", "b"], ["r"]));
        NodeProto call = Call("Gate", ["x", "z"], ["y"]);
        call.Name = "g1";

        using OnnxModel model = Reads.Accept(Model([call], ["x", "z"], ["y"]).With(gate));

        Assert.Equal(["g1/Sigmoid: Sigmoid(x) => g1/s", "g1/Mul: Mul(g1/s, z) => y"], model.Graph.Nodes.Select(Text));
    }

    [Fact]
    public void Two_calls_share_no_names()
    {
        FunctionProto twice = Function("Twice", ["a"], ["r"], Node("Neg", ["a"], ["t"]), Node("Neg", ["t"], ["r"]));

        using OnnxModel model = Reads.Accept(Model([Call("Twice", ["x"], ["m"]), Call("Twice", ["m"], ["y"])], ["x"], ["y"]).With(twice));

        Assert.Equal(["x => Twice/t", "Twice/t => m", "m => Twice/t_1", "Twice/t_1 => y"], model.Graph.Nodes.Select(n => $"{n.Inputs[0]} => {n.Outputs[0]}"));
    }

    [Fact]
    public void Functions_may_call_functions()
    {
        FunctionProto inner = Function("Inner", ["a"], ["r"], Node("Neg", ["a"], ["r"]));
        FunctionProto outer = Function("Outer", ["a"], ["r"], Call("Inner", ["a"], ["t"]), Call("Inner", ["t"], ["r"]));

        using OnnxModel model = Reads.Accept(Model([Call("Outer", ["x"], ["y"])], ["x"], ["y"]).With(outer, inner));

        Assert.Equal(["x => Outer/t", "Outer/t => y"], model.Graph.Nodes.Select(n => $"{n.Inputs[0]} => {n.Outputs[0]}"));
    }

    [Fact]
    public void A_body_follows_the_opsets_of_its_function()
    {
        FunctionProto f = Function("F", ["a"], ["r"], Node("Neg", ["a"], ["r"]));
        f.OpsetImport[0].Version = 13;

        using OnnxModel model = Reads.Accept(Model([Call("F", ["x"], ["m"]), Node("Neg", ["m"], ["y"])], ["x"], ["y"]).With(f));

        Assert.Equal([13, 17], model.Graph.Nodes.Select(n => n.Version));
    }

    [Fact]
    public void Attributes_come_from_the_call_or_the_default_or_not_at_all()
    {
        FunctionProto f = Function(
            "F", ["a"], ["r"], Node("Op", ["a"], ["r"], Reference("given", "p"), Reference("defaulted", "q"), Reference("absent", "o"), Int("own", 3)));
        f.Attribute.Add("p");
        f.AttributeProto.Add(Int("q", 7));

        using OnnxModel model = Reads.Accept(Model([Call("F", ["x"], ["y"], Int("p", 5))], ["x"], ["y"]).With(f));

        IReadOnlyDictionary<string, OnnxAttribute> attributes = Assert.Single(model.Graph.Nodes).Attributes;
        Assert.Equal(["defaulted", "given", "own"], attributes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([7, 5, 3], new[] { "defaulted", "given", "own" }.Select(n => ((IntAttribute)attributes[n]).Value));
    }

    [Fact]
    public void Graphs_within_a_body_cannot_catch_names_of_the_caller()
    {
        // The caller's value is called as the branch calls its own.
        GraphProto branch = Model([Node("Neg", ["a"], ["inside"])], [], ["inside"]).Graph;
        FunctionProto f = Function("F", ["c", "a"], ["r"], Node("If", ["c"], ["r"], Graph("then_branch", branch), Graph("else_branch", branch.Clone())));

        using OnnxModel model = Reads.Accept(Model([Call("F", ["cond", "inside"], ["y"])], ["cond", "inside"], ["y"]).With(f));

        OnnxGraph then = ((GraphAttribute)Assert.Single(model.Graph.Nodes).Attributes["then_branch"]).Value;
        OnnxNode negation = Assert.Single(then.Nodes);
        Assert.Equal("inside", negation.Inputs[0]);
        Assert.NotEqual("inside", negation.Outputs[0]);
        Assert.Equal(negation.Outputs[0], Assert.Single(then.Outputs).Name);
    }

    [Fact]
    public void Inputs_handed_through_and_values_given_twice_become_identities()
    {
        FunctionProto f = Function("F", ["a"], ["a", "r", "r"], Node("Neg", ["a"], ["r"]));

        using OnnxModel model = Reads.Accept(Model([Call("F", ["x"], ["p", "q", "s"])], ["x"], ["p", "q", "s"]).With(f));

        Assert.Equal(["Neg(x) => q", "Identity(x) => p", "Identity(q) => s"], model.Graph.Nodes.Select(n => Text(n).Split(": ")[1]));
    }

    [Fact]
    public void Inputs_and_outputs_may_be_left_out()
    {
        FunctionProto f = Function("F", ["a", "b"], ["r", "t"], Node("Op", ["a", "b"], ["r", "t"]));

        using OnnxModel model = Reads.Accept(Model([Call("F", ["x"], ["y"])], ["x"], ["y"]).With(f));

        Assert.Equal("F/Op: Op(x, ) => y, F/t", Text(Assert.Single(model.Graph.Nodes)));
    }

    [Fact]
    public void Overloads_are_told_apart()
    {
        FunctionProto plain = Function("F", ["a"], ["r"], Node("Neg", ["a"], ["r"]));
        FunctionProto other = Function("F", ["a"], ["r"], Node("Abs", ["a"], ["r"]));
        other.Overload = "v2";
        NodeProto call = Call("F", ["x"], ["y"]);
        call.Overload = "v2";

        using OnnxModel model = Reads.Accept(Model([call], ["x"], ["y"]).With(plain, other));

        Assert.Equal("Abs", Assert.Single(model.Graph.Nodes).OpType);
    }

    [Fact]
    public void A_call_within_a_branch_is_inlined_there()
    {
        FunctionProto f = Function("F", ["a"], ["r"], Node("Neg", ["a"], ["r"]));
        GraphProto branch = Model([Call("F", ["x"], ["b"])], [], ["b"]).Graph;

        using OnnxModel model = Reads.Accept(Model([Node("If", ["c"], ["y"], Graph("then_branch", branch))], ["c", "x"], ["y"]).With(f));

        OnnxGraph then = ((GraphAttribute)Assert.Single(model.Graph.Nodes).Attributes["then_branch"]).Value;
        Assert.Equal("Neg(x) => b", Text(Assert.Single(then.Nodes)).Split(": ")[1]);
    }

    [Fact]
    public void Functions_that_call_themselves_are_refused_with_the_circle()
    {
        FunctionProto f = Function("F", ["a"], ["r"], Call("G", ["a"], ["r"]));
        FunctionProto g = Function("G", ["a"], ["r"], Call("F", ["a"], ["r"]));

        Reads.RefuseWith(Model([Call("F", ["x"], ["y"])], ["x"], ["y"]).With(f, g), Codes.OnnxGraphInvalid, "functions call themselves: 'my.F' → 'my.G' → 'my.F'");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void Functions_that_blow_up_are_refused(int leaves)
    {
        // Ten calls in each of ten functions: 10^10 nodes, or as many calls of an empty function.
        List<FunctionProto> functions = [];
        for (int i = 0; i < 10; i++)
        {
            functions.Add(Function($"F{i}", ["a"], ["a"], [.. Enumerable.Range(0, 10).Select(k => Call($"F{i + 1}", ["a"], [$"t{k}"]))]));
        }

        functions.Add(Function("F10", ["a"], ["a"], [.. Enumerable.Range(0, leaves).Select(k => Node("Neg", ["a"], [$"t{k}"]))]));

        Reads.RefuseWith(Model([Call("F0", ["x"], ["y"])], ["x"], ["y"]).With([.. functions]), Codes.OnnxGraphInvalid, "more than 262144 nodes");
    }

    [Fact]
    public void Names_that_blow_up_are_refused()
    {
        string longName = new('n', 1 << 20);
        FunctionProto f = Function("F", ["a"], ["r"], [.. Enumerable.Range(0, 100).Select(i => Node("Neg", ["a"], [$"t{i}"])), Node("Neg", ["a"], ["r"])]);
        NodeProto call = Call("F", ["x"], ["y"]);
        call.Name = longName;

        Reads.RefuseWith(Model([call], ["x"], ["y"]).With(f), Codes.OnnxGraphInvalid, "names of more than");
    }

    [Fact]
    public void Long_chains_of_functions_are_refused()
    {
        FunctionProto[] functions = [.. Enumerable.Range(0, 100).Select(i => Function($"F{i}", ["a"], ["r"], i < 99 ? Call($"F{i + 1}", ["a"], ["r"]) : Node("Neg", ["a"], ["r"])))];

        Reads.RefuseWith(Model([Call("F0", ["x"], ["y"])], ["x"], ["y"]).With(functions), Codes.OnnxGraphInvalid, "nested more than 64 deep");
    }

    [Fact]
    public void What_is_wrong_with_a_function_is_told()
    {
        FunctionProto f = Function("F", ["a"], ["r"], Node("Neg", ["nope"], ["r"]));
        Assert.Contains(
            Reads.Refuse(Model([Call("F", ["x"], ["y"])], ["x"], ["y"]).With(f)), d => d.Message.Contains("function 'my.F' uses 'nope'", StringComparison.Ordinal));
        Reads.RefuseWith(Model([Call("F", ["x", "x"], ["y"])], ["x"], ["y"]).With(f), Codes.OnnxGraphInvalid, "with 2 inputs and 1 outputs; it has 1 and 1");
        Reads.RefuseWith(Model([Node("Neg", ["x"], ["y"])], ["x"], ["y"]).With(f, f.Clone()), Codes.OnnxGraphInvalid, "'my.F' is defined twice");
        FunctionProto two = Function("F", ["a", "a"], ["r"], Node("Neg", ["a"], ["r"]));
        Reads.RefuseWith(Model([Call("F", ["x", "x"], ["y"])], ["x"], ["y"]).With(two), Codes.OnnxGraphInvalid, "two inputs 'a'");
    }

    private static string Text(OnnxNode node) => $"{node.Name}: {node.OpType}({string.Join(", ", node.Inputs)}) => {string.Join(", ", node.Outputs)}";
}
