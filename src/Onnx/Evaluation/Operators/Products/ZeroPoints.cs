namespace Flightc.Onnx.Evaluation;

/// <summary>Zero points and scales of matrices to be multiplied: one number, or one for each row of the left and each column of the right.</summary>
internal static class ZeroPoints
{
    /// <summary>The shape in which a vector stands for rows or columns.</summary>
    public static long[] Aligned(long[] shape, bool isLeft) => isLeft && shape.Length == 1 && shape[0] != 1 ? [shape[0], 1] : shape;

    /// <summary>Ends the stage unless a parameter that is there fits its matrix.</summary>
    public static void Check(OperatorCall call, int matrix, int parameter, bool isLeft)
    {
        if (call.Has(parameter) && call.Type(parameter).ElementCount != 1
            && !Shapes.BroadcastsTo(Aligned(call.Shape(parameter), isLeft), call.Shape(matrix)))
        {
            throw call.Invalid(
                $"a zero point or scale of the shape {Shapes.Text(call.Shape(parameter))} does not fit the matrix {Shapes.Text(call.Shape(matrix))}");
        }
    }

    /// <summary>The matrix less its zero points.</summary>
    public static long[] Subtract(OperatorCall call, int matrix, int zeroPoint, bool isLeft) => call.Has(zeroPoint)
        ? BroadcastLoop.Apply(
            call.Read<long>(matrix), call.Shape(matrix), call.Read<long>(zeroPoint), ParameterShape(call, zeroPoint, isLeft), call.Shape(matrix), static (x, zero) => x - zero)
        : call.Longs(matrix);

    /// <summary>The shape in which a parameter is read; a single number has none.</summary>
    public static long[] ParameterShape(OperatorCall call, int parameter, bool isLeft) =>
        call.Type(parameter).ElementCount == 1 ? [] : Aligned(call.Shape(parameter), isLeft);
}
