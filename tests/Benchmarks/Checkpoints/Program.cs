using Flightc.Benchmarks.Checkpoints;

return new GenerateCommand().Parse(args).Invoke();
