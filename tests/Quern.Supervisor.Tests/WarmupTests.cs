using Quern.Supervisor.Api;

namespace Quern.Supervisor.Tests;

public sealed class WarmupTests
{
    [Fact]
    public void Run_goes_all_the_way_to_an_order_of_a_worker()
        => Assert.True(Warmup.Run(new ApiOptions { Name = "h", Address = "h", Version = "0.1.0", Port = () => 1, MaxAgendaItems = 10, MaxInstances = 10, Time = TimeProvider.System }) > 0);
}
