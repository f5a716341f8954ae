
namespace Quern.EndToEnd.Harness;

/// <summary>One farm for a class of tests that do not disturb it.</summary>
public sealed class FarmFixture : IAsyncLifetime
{
    private FarmOnDisk? _farm;

    internal FarmOnDisk Farm => _farm!;

    public async ValueTask InitializeAsync() => _farm = await FarmOnDisk.StartAsync(slots: 4);

    public async ValueTask DisposeAsync()
    {
        if (_farm is not null)
        {
            await _farm.DisposeAsync();
        }
    }
}
