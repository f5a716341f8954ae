using Microsoft.Extensions.Logging;
using Quern.Configuration;
using Quern.Core.Farms;
using Quern.Secrets;
using Quern.Supervisor.Link;
using Quern.Supervisor.Passwords;
using Quern.Supervisor.Settings;
using Quern.Supervisor.Tests.Api;

namespace Quern.Supervisor.Tests.Settings;

public sealed class When_the_central_file_is_taken_over : IDisposable
{
    private readonly string file = Path.GetTempFileName();
    private readonly TestLoop loop = new(TimeProvider.System);
    private readonly LineLog log = new();

    public void Dispose() => File.Delete(file);

    [Fact]
    public async Task Should_be_read_at_the_start_and_only_again_when_it_is_another()
    {
        Write("[default]\nworker_cpus = 1\n");
        Assert.Equal(1, (await StartAsync()).Version);
        Assert.Equal(1, (await StartAsync()).Version);

        using var central = await StartAsync();
        Write("[default]\nworker_cpus = 2\n");
        await central.RereadAsync(default);
        Assert.Equal(2, central.Version);
        await central.RereadAsync(default);
        Assert.Equal(2, central.Version);
    }

    [Fact]
    public async Task Should_not_undo_what_was_pushed_later()
    {
        Write("[default]\nworker_cpus = 1\n");
        using (var central = await StartAsync())
        {
            await central.PushAsync(new ConfigSource("[default]\nworker_cpus = 9\n", "f", ""), Caller.Farm, false, default);
        }

        using var again = await StartAsync();
        Assert.Equal(2, again.Version);
        Assert.Equal("9", (await again.GreetAsync(new Core.WorkerId(1), new Protocol.Link.Hello { Name = "a" }, default)).Values["worker_cpus"]);
    }

    [Fact]
    public async Task Should_go_on_with_the_last_version_when_the_file_is_wrong()
    {
        Write("[default]\nworker_cpus = 1\n");
        (await StartAsync()).Dispose();
        Write("[default]\nworker_cpus = many\n");

        using var central = await StartAsync();
        await central.RereadAsync(default);

        Assert.Equal(1, central.Version);
        Assert.Contains($"{file}:2: worker_cpus: 'many' is not a number", string.Join('\n', log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_refuse_to_start_when_there_is_nothing_else_to_go_by()
    {
        Write("[default]\nworker_cpus = many\n");
        Assert.StartsWith($"{file}:2:", (await Assert.ThrowsAsync<ConfigurationException>(StartAsync)).Message, StringComparison.Ordinal);

        File.Delete(file);
        Assert.StartsWith("read central settings", (await Assert.ThrowsAsync<ConfigurationException>(StartAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_keep_the_last_fifty_versions()
    {
        Write("");
        using var central = await StartAsync();
        for (var count = 0; count < ConfigVersions.Kept + 5; count++)
        {
            await central.PushAsync(new ConfigSource($"# {count}\n", "f", ""), Caller.Farm, false, default);
        }

        var kept = await loop.Ask((farm, _) => ConfigVersions.List(farm), default);
        Assert.Equal(Enumerable.Range(0, ConfigVersions.Kept).Select(back => central.Version - back), kept.Select(version => version.Version));
        Assert.Null(await loop.Ask((farm, _) => ConfigVersions.Find(farm, central.Version - ConfigVersions.Kept), default));
    }

    private async Task<CentralSettings> StartAsync()
    {
        var seal = new PasswordSeal(SealingKey.Create());
        var central = new CentralSettings(loop, new LinkSessions(5, seal), seal, file, log.CreateLogger("settings"));
        await central.StartAsync(default);
        return central;
    }

    private void Write(string text) => File.WriteAllText(file, text);
}
