using System.Runtime.CompilerServices;

// Word patterns and normal forms are tested by themselves: through whole tokenizers their cuts cannot be
// seen.
[assembly: InternalsVisibleTo("Flightc.Frontend.Tests")]
