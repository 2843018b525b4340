using BenchmarkDotNet.Running;
using Flightc.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(EmulatorBenchmarks).Assembly).Run(args);
