using System.Text;
using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_passwords_are_registered
{
    private const string Password = "correct horse battery staple";

    /// <summary>Types at a terminal, as a person does, and prints everything that the terminal showed.</summary>
    private const string Typing = """
        import os, pty, sys
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(sys.argv[1], sys.argv[1:])
        shown, typed = b"", 0
        while True:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
            while typed < shown.count(b": ") and typed < 2:
                os.write(terminal, os.environ["TYPED"].encode() + b"\n")
                typed += 1
        sys.stdout.buffer.write(shown)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """;

    [Fact]
    public async Task Should_keep_them_sealed_and_show_them_nowhere()
    {
        await using var farm = await FarmOnDisk.StartAsync();
        string me = Environment.UserName;
        var seen = new StringBuilder();

        var none = await Keep(farm.RunAsync("qblogin", "--check"));
        Assert.Equal((1, $"qblogin: no password of {me} is registered: run qblogin\n"), (none.Code, none.Error));
        var piped = await Keep(FromInputAsync(farm, "qblogin --password-stdin"));
        Assert.Contains($"password of {me} registered, for account {me}: a Windows host tries it", piped.Output, StringComparison.Ordinal);
        var typed = await Keep(TypeAsync(farm));
        Assert.Equal(0, typed.Code);
        Assert.Contains($"Password of {me}: ", typed.Output, StringComparison.Ordinal);
        Assert.Contains("Once more: ", typed.Output, StringComparison.Ordinal);
        var check = await Keep(farm.RunAsync("qblogin", "--check"));
        Assert.Contains("last used: never, so nobody knows yet if it is right", check.Output, StringComparison.Ordinal);
        Assert.Contains("total: 1 password(s)", (await Keep(farm.RunAsync("qblogin", "--list"))).Output, StringComparison.Ordinal);

        string file = Path.Combine(farm.Shared, "qbwrk.conf");
        var hash = await Keep(FromInputAsync(farm, $"qbhash --account {FarmOnDisk.Account} --password-stdin"));
        Assert.StartsWith($"sealed:1:", hash.Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, $"[default]\nproxy_password = {hash.Line}\n");
        Assert.Contains("version 1 is in force", (await Keep(farm.RunAsync("quern", "config", "push", file))).Output, StringComparison.Ordinal);
        Assert.Contains("proxy_password = (set, not shown)", (await Keep(farm.RunAsync("quern", "config", "explain", "proxy_password"))).Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, $"[default]\nproxy_password = {Password}\n");
        var clear = await Keep(farm.RunAsync("quern", "config", "push", file));
        Assert.Contains("only a sealed password may stand here: make one with qbhash", clear.Error, StringComparison.Ordinal);
        File.Delete(file);

        await farm.ReachesAsync(await farm.SubmitAsync("true"), "complete");
        Assert.Contains($"password of {me} forgotten", (await Keep(farm.RunAsync("qblogin", "--forget"))).Output, StringComparison.Ordinal);
        await farm.TerminateAsync("supervisor");
        await farm.TerminateAsync("worker");

        Assert.Equal("600", (await Shell.RunAsync("stat", ["-c", "%a", Path.Combine(farm.State, "supervisor", "sealing.pem")])).Line);
        Assert.DoesNotContain(Password, seen.ToString(), StringComparison.Ordinal);
        foreach (string path in Directory.EnumerateFiles(farm.Root, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".sock", StringComparison.Ordinal)))
        {
            var bytes = await File.ReadAllBytesAsync(path);
            Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Password)) < 0 && bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(Password)) < 0, $"the password is in {path}");
        }

        async Task<Ran> Keep(Task<Ran> running)
        {
            var ran = await running;
            seen.Append(ran);
            return ran;
        }
    }

    /// <summary>The password comes from a file outside the farm's folder.</summary>
    private static async Task<Ran> FromInputAsync(FarmOnDisk farm, string command)
    {
        string input = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(input, Password + "\n");
            return await Shell.RunAsync("/bin/sh", ["-c", $"{FarmOnDisk.Programs}/{command} < {input}"], new Dictionary<string, string?> { ["QUERN_STATE"] = farm.State, ["QB_SUPERVISOR"] = null });
        }
        finally
        {
            File.Delete(input);
        }
    }

    private static Task<Ran> TypeAsync(FarmOnDisk farm) => Shell.RunAsync(
        "python3", ["-c", Typing, Path.Combine(FarmOnDisk.Programs, "qblogin")], new Dictionary<string, string?> { ["QUERN_STATE"] = farm.State, ["QB_SUPERVISOR"] = null, ["TYPED"] = Password });
}
