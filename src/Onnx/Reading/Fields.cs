namespace Flightc.Onnx.Reading;

/// <summary>Field numbers of the messages that are read, as <c>onnx.proto</c> has them.</summary>
internal static class Fields
{
    internal static class Model
    {
        public const int IrVersion = 1, ProducerName = 2, ProducerVersion = 3, Graph = 7, OpsetImport = 8, MetadataProps = 14, Functions = 25;
    }

    internal static class Pair
    {
        public const int Key = 1, Value = 2;
    }

    internal static class Opset
    {
        public const int Domain = 1, Version = 2;
    }

    internal static class Graph
    {
        public const int Node = 1, Name = 2, Initializer = 5, Input = 11, Output = 12, ValueInfo = 13, SparseInitializer = 15;
    }

    internal static class Node
    {
        public const int Input = 1, Output = 2, Name = 3, OpType = 4, Attribute = 5, Domain = 7, Overload = 8;
    }

    internal static class Attribute
    {
        public const int Name = 1, F = 2, I = 3, S = 4, T = 5, G = 6, Floats = 7, Ints = 8, Strings = 9, Tensors = 10, Graphs = 11, TypeProto = 14, TypeProtos = 15,
            Type = 20, RefAttrName = 21, SparseTensor = 22, SparseTensors = 23;
    }

    internal static class Value
    {
        public const int Name = 1, Type = 2;
    }

    internal static class Tensor
    {
        public const int Dims = 1, DataType = 2, Segment = 3, FloatData = 4, Int32Data = 5, StringData = 6, Int64Data = 7, Name = 8, RawData = 9, DoubleData = 10,
            UInt64Data = 11, ExternalData = 13, DataLocation = 14;
    }

    internal static class SparseTensor
    {
        public const int Values = 1;
    }

    internal static class Type
    {
        public const int Tensor = 1, Sequence = 4, Map = 5, SparseTensor = 8, Optional = 9;
    }

    internal static class TensorType
    {
        public const int ElementType = 1, Shape = 2;
    }

    internal static class Shape
    {
        public const int Dim = 1;
    }

    internal static class Dimension
    {
        public const int Value = 1, Param = 2;
    }

    internal static class Function
    {
        public const int Name = 1, Input = 4, Output = 5, Attribute = 6, Node = 7, OpsetImport = 9, Domain = 10, AttributeProto = 11, ValueInfo = 12, Overload = 13;
    }
}
