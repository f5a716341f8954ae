using System.Text.Json;
using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd.Installed;

/// <summary>A service worker has no display to ask: logind tells it whether somebody sits at a screen.</summary>
public sealed class When_somebody_works_at_the_machine
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Should_know_by_logind_that_a_screen_is_used()
    {
        await using var machine = await BootedMachine.StartAsync();
        await machine.MustAsync(BootedMachine.Unpacked + "/quern", "supervisor", "install");
        await machine.MustAsync(BootedMachine.Unpacked + "/quern", "worker", "install", "--service");
        await File.WriteAllTextAsync(machine.File("/etc/qb.conf"), "worker_heartbeat_interval = 1\n");
        await machine.MustAsync("systemctl", "restart", "quern-worker");
        await StatusAsync(machine, idle => idle is null, "nobody has touched it: there is no screen and no terminal");

        using var session = await machine.LogInToScreenAsync();
        await StatusAsync(machine, idle => idle == 0, "somebody is there");
        await machine.MustAsync("sh", "-c", "loginctl list-sessions --no-legend | while read id rest; do busctl call org.freedesktop.login1 $(busctl call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager GetSession s $id | cut -d'\"' -f2) org.freedesktop.login1.Session SetIdleHint b true; done");
        await StatusAsync(machine, idle => idle == 0, "and has been for less than a minute");
        await machine.LogOutAsync();
        await StatusAsync(machine, idle => idle is null, "they are gone");
    }

    private static Task StatusAsync(BootedMachine machine, Func<int?, bool> expected, string what) => Eventually.TrueAsync(
        async () =>
        {
            var ran = await machine.RunAsync("quern", "worker", "status");
            if (ran.Code != 0)
            {
                return false;
            }

            using var json = JsonDocument.Parse(ran.Output);
            return expected(json.RootElement.TryGetProperty("idleMinutes", out var idle) && idle.ValueKind == JsonValueKind.Number ? idle.GetInt32() : null);
        },
        Limit,
        () => $"{what}; {machine.RunAsync("quern", "worker", "status").Result}\n{machine.JournalAsync().Result}");
}
