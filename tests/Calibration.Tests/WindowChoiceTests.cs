using Flightc.Calibration;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class WindowChoiceTests
{
    [Fact]
    public void Records_are_cut_into_windows_that_do_not_overlap()
    {
        WindowChoice choice = new(10, 4, 0);
        choice.Add([1, 2, 3, 4, 5, 6, 7]);
        choice.Add([8, 9]);
        Assert.Equal([[1, 2, 3, 4], [5, 6, 7], [8, 9]], choice.Windows());
        Assert.Equal((3L, 4), (choice.Available, choice.Longest));
    }

    [Fact]
    public void A_single_token_is_no_window()
    {
        WindowChoice choice = new(10, 3, 0);
        choice.Add([1, 2, 3, 4]);
        choice.Add([5]);
        choice.Add([]);
        Assert.Equal([[1, 2, 3]], choice.Windows());
    }

    [Fact]
    public void Nothing_to_choose_from_is_refused()
    {
        WindowChoice choice = new(10, 3, 0);
        choice.Add([5]);
        Assert.Equal(Codes.TextInvalid, Assert.Throws<CompilationException>(choice.Windows).Diagnostics[0].Code);
    }

    [Fact]
    public void Chosen_windows_are_different_ones_in_order_of_the_text()
    {
        int[] chosen = Chosen(samples: 20, seed: 3);
        Assert.Equal(20, chosen.Length);
        Assert.Equal(chosen.Distinct().Order(), chosen);
    }

    [Fact]
    public void A_seed_decides_which_windows_are_taken()
    {
        Assert.Equal(Chosen(20, 3), Chosen(20, 3));
        Assert.NotEqual(Chosen(20, 3), Chosen(20, 4));
    }

    [Fact]
    public void More_samples_keep_those_that_were_taken()
    {
        Assert.Subset(Chosen(40, 3).ToHashSet(), Chosen(20, 3).ToHashSet());
    }

    [Fact]
    public void Every_part_of_a_text_is_taken_about_equally_often()
    {
        int first = Enumerable.Range(0, 50).Sum(seed => Chosen(20, (ulong)seed).Count(place => place < 100));
        Assert.InRange(first, 400, 600);
    }

    private static int[] Chosen(int samples, ulong seed)
    {
        WindowChoice choice = new(samples, 3, seed);
        for (int i = 0; i < 200; i++)
        {
            choice.Add([i, i, i]);
        }

        return [.. choice.Windows().Select(window => window[0])];
    }
}
