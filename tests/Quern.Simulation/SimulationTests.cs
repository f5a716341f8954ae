namespace Quern.Simulation;

public sealed class SimulationTests
{
    private const int Seeds = 500;

    [Fact]
    public void EveryLawHoldsWhateverFails()
    {
        var failures = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(1, Seeds + 1, seed =>
        {
            var scenario = new Scenario((ulong)seed, null);
            try
            {
                scenario.Run();
            }
            catch (Exception error)
            {
                failures.Add($"seed {seed} at {scenario.World.Time} ms: {error.Message}; see it with ./quern sim {seed} --verbose");
            }
        });
        Assert.True(failures.IsEmpty, string.Join("\n", failures));
    }

    [Theory]
    [InlineData(1025)]
    [InlineData(1061)]
    [InlineData(2071)]
    public void SeedsThatOnceFoundSomethingHold(ulong seed) => new Scenario(seed, null).Run();

    [Theory]
    [InlineData(7)]
    [InlineData(77)]
    public void ASeedIsTheSameStoryEveryTime(ulong seed) =>
        Assert.Equal(new Scenario(seed, null).Run(), new Scenario(seed, null).Run());
}
