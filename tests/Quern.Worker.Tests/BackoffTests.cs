using Quern.Worker.Link;

namespace Quern.Worker.Tests;

public sealed class BackoffTests
{
    [Fact]
    public void Waits_are_spread_below_a_ceiling_that_doubles_to_ten_seconds()
    {
        var ceilings = new[] { 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000 };
        var longest = new double[ceilings.Length];
        for (var seed = 0; seed < 500; seed++)
        {
            var backoff = new Backoff(new Random(seed));
            for (var failure = 0; failure < ceilings.Length; failure++)
            {
                var wait = backoff.Next().TotalMilliseconds;
                Assert.InRange(wait, 0, ceilings[failure]);
                longest[failure] = Math.Max(longest[failure], wait);
            }
        }

        Assert.All(ceilings.Zip(longest), pair => Assert.InRange(pair.Second, pair.First * 0.9, pair.First));
    }

    [Fact]
    public void Waits_begin_anew_after_a_connection_that_served()
    {
        var backoff = new Backoff(new Random(1));
        for (var failure = 0; failure < 20; failure++)
        {
            backoff.Next();
        }

        backoff.Reset();
        Assert.InRange(backoff.Next(), TimeSpan.Zero, Backoff.First);
    }
}
