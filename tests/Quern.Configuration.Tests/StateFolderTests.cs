namespace Quern.Configuration.Tests;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class StateFolderTests
{
    private static readonly StateCaller Person = new(false, "1000", "/home/ann", null, null, null);
    private static readonly StateCaller Root = new(true, "0", "/root", null, null, null);

    [Fact]
    public void Root_without_option_has_the_machines_state()
    {
        var state = StateFolder.Resolve(null, Root);

        Assert.Equal("/var/lib/quern", state.Root);
        Assert.Equal("/run/quern/worker.sock", state.SocketPath("worker"));
        Assert.Equal("/run/quern/supervisor.json", state.ReadyPath("supervisor"));
        Assert.Equal("/var/lib/quern/worker", state.WorkerFolder);
    }

    [Fact]
    public void Person_without_option_has_an_own_state()
    {
        Assert.Equal("/home/ann/.local/state/quern", StateFolder.Resolve(null, Person).Root);
        Assert.Equal("/data/quern", StateFolder.Resolve(null, Person with { StateHome = "/data" }).Root);
    }

    [Fact]
    public void Option_beats_the_environment()
    {
        var caller = Root with { QuernState = "/srv/farm" };

        Assert.Equal("/srv/farm", StateFolder.Resolve(null, caller).Root);
        Assert.Equal("/srv/farm/run/supervisor.sock", StateFolder.Resolve(null, caller).SocketPath("supervisor"));
        Assert.Equal("/srv/other", StateFolder.Resolve("/srv/other/", caller).Root);
    }

    [Fact]
    public void Socket_of_a_long_state_is_short_and_the_ready_file_stays()
    {
        var deep = "/" + new string('d', 120);
        var longest = StateFolder.WorkerRoleOf(new string('n', StateFolder.WorkerNameLength));

        foreach (var caller in new[] { Person with { Uid = "4294967294" }, Person with { RuntimeDirectory = "/run/user/1000" }, Root })
        {
            var state = StateFolder.Resolve(deep, caller);
            Assert.True(state.SocketPath(longest).Length < 108, state.SocketPath(longest));
            Assert.NotEqual(state.SocketPath("worker"), StateFolder.Resolve(deep + "x", caller).SocketPath("worker"));
            Assert.Equal(deep + "/run/worker.json", state.ReadyPath("worker"));
        }
    }

    [Theory]
    [InlineData("node-7.studio", true)]
    [InlineData("", false)]
    [InlineData("../x", false)]
    [InlineData(".hidden", false)]
    [InlineData("a b", false)]
    public void Worker_names_are_plain(string name, bool isGood)
    {
        Assert.Equal(isGood, StateFolder.IsWorkerName(name));
        if (!isGood)
        {
            Assert.Throws<ArgumentException>(() => StateFolder.WorkerRoleOf(name));
        }
    }

    [Fact]
    public void Folders_are_made_with_their_modes()
    {
        var root = Directory.CreateTempSubdirectory("quern-state-").FullName;
        try
        {
            var state = StateFolder.Resolve(Path.Combine(root, "s"), Root);
            var folder = state.CreateRoleFolder("worker");
            state.CreateRunFolder("worker");

            Assert.Equal(StateFolder.Private, File.GetUnixFileMode(folder));
            Assert.Equal(StateFolder.Shared, File.GetUnixFileMode(state.RunFolder));
            StateFolder.WriteWhole(state.ReadyPath("worker"), "{}"u8, StateFolder.SharedFile);
            Assert.Equal("{}", File.ReadAllText(state.ReadyPath("worker")));
            Assert.Equal(StateFolder.SharedFile, File.GetUnixFileMode(state.ReadyPath("worker")));
            Assert.Single(Directory.GetFiles(state.RunFolder));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Theory]
    [InlineData("600", true)]
    [InlineData("400", true)]
    [InlineData("640", false)]
    [InlineData("604", false)]
    [InlineData("620", false)]
    public void T24_A_secret_that_others_can_read_is_refused_and_not_shown(string mode, bool isTaken)
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "hunter2");
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
        try
        {
            if (isTaken)
            {
                StateFolder.CheckSecret(path);
                return;
            }

            var refusal = Assert.Throws<IOException>(() => StateFolder.CheckSecret(path));
            Assert.Contains($"(mode 0{mode})", refusal.Message);
            Assert.Contains($"chmod 600 {path}", refusal.Message);
            Assert.DoesNotContain("hunter2", refusal.Message);
            Assert.DoesNotContain('\n', refusal.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_secret_that_is_not_there_is_no_fault() => StateFolder.CheckSecret("/nonexistent/key.pem");
}
