using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_a_worker_joins_by_token
{
    [Fact]
    public async Task Should_be_a_host_like_any_other_and_the_token_be_spent()
    {
        await using var farm = await FarmOnDisk.StartAsync();
        var printed = await Shell.RunAsync(Path.Combine(FarmOnDisk.Programs, "quern"), ["worker", "token", "--state", farm.State]);
        Assert.True(printed.Code == 0, printed.ToString());
        string token = printed.Line;
        Assert.Single(token.Split('\n'));

        string state = Path.Combine(farm.Root, "other");
        string file = Path.Combine(farm.Root, "token");
        File.WriteAllText(file, token + "\n");
        await farm.StartWorkerAsync("other", state, "--join", "@" + file);
        try
        {
            await farm.WorkersAsync(2);
            var refused = await Shell.RunAsync(Path.Combine(FarmOnDisk.Programs, "quern-worker"),
                ["--state", Path.Combine(farm.Root, "third"), "--name", "third", "--join", token, .. FarmOnDisk.IsRoot ? ["--set", $"proxy_account={FarmOnDisk.Account}"] : new[] { "--desktop" }]);
            Assert.Equal(1, refused.Code);
            Assert.Contains("token", refused.Error, StringComparison.OrdinalIgnoreCase);
        }
        finally
        {
            await Shell.RunAsync(Path.Combine(FarmOnDisk.Programs, "quern-worker"), ["stop", "--kill", "--state", state, "--name", "other"]);
            await farm.TerminateAsync("worker-other");
        }
    }
}
