using Microsoft.Win32.SafeHandles;
using Quern.Execution.Accounts;
using Quern.Execution.Control;
using Quern.Execution.Journal;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Ending;

/// <summary>The proxy as a desktop worker starts it: already its owner, no socket to knock at.</summary>
public sealed class When_a_desktop_worker_ends(RealMachine machine)
{
    [Fact]
    public async Task Should_end_everything_at_once_and_say_so()
    {
        Assert.SkipUnless(machine.IsRoot, "needs root: the owner is another account");
        using var desk = new Desk(machine, "6101");
        desk.Send(Launch("trap '' TERM HUP; (setsid sleep 976543 &); echo on; sleep 976543"));
        await desk.Until(records => records.Any(record => record.Body is RunOutput), "it runs");
        var ready = desk.Records().Select(record => record.Body).OfType<RunReady>().Single();
        Assert.Equal((6101u, 6101u), (ready.Uid, ready.Gid));
        desk.CloseSocket();
        await desk.Until(records => records is [.., { Body: RunEnded }], "it ended");
        Assert.Equal(RunEndCause.WorkerStopped, ((RunEnded)desk.Records()[^1].Body).Cause);
        Assert.DoesNotContain(Directory.GetDirectories("/proc"), folder => CommandLine(folder).Contains("sleep\0976543", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Should_refuse_to_run_as_root()
    {
        Assert.SkipUnless(machine.IsRoot, "needs root");
        using var desk = new Desk(machine, null);
        desk.Send(Launch("echo never"));
        await desk.Until(records => records is [.., { Body: RunEnded }], "it ended");
        Assert.Equal(RunEndCause.BadLogin, ((RunEnded)Assert.Single(desk.Records()).Body).Cause);
    }

    private static Launch Launch(string command) => TestFarm.Launch(1, command) with { IsDesktop = true };

    private static string CommandLine(string folder)
    {
        try
        {
            return int.TryParse(Path.GetFileName(folder), out _) ? File.ReadAllText(folder + "/cmdline") : "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private sealed class Desk : IDisposable
    {
        private readonly string _path = Path.GetTempFileName();
        private readonly SafeFileHandle _file;
        private readonly int _pid;
        private int _socket;

        internal unsafe Desk(RealMachine machine, string? uid)
        {
            var pair = stackalloc int[2];
            _ = LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, pair);
            _socket = pair[0];
            var nothing = LibC.open("/dev/null", LibC.O_RDWR | LibC.O_CLOEXEC, 0);
            Span<int> raised = [LibC.fcntl(nothing, LibC.F_DUPFD_CLOEXEC, 20), LibC.fcntl(pair[1], LibC.F_DUPFD_CLOEXEC, 20)];
            using var plan = new SpawnPlan([raised[0], raised[0], raised[0], raised[1]], "/", (1UL << 16) | (1UL << 14));
            using var arguments = new NativeStrings(uid is null ? [machine.ProxyPath] : ["/usr/bin/setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", machine.ProxyPath]);
            using var environment = new NativeStrings([]);
            Assert.Equal(0, plan.Start(arguments.Pointers[0], arguments.Pointers, environment.Pointers, out _pid));
            foreach (var descriptor in (ReadOnlySpan<int>)[pair[1], nothing, .. raised])
            {
                _ = LibC.close(descriptor);
            }

            _file = File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }

        internal unsafe void Send(Launch launch)
        {
            var writer = Frames.OfLaunch(new LaunchEnvelope(launch, new Account(RealMachine.Artist, 6101, 6101, [6101], "/tmp", "/bin/sh"), new byte[32], "", "", "1.0#1@desk", LaunchGuard.None, Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), []), out _);
            var journal = LibC.open(_path, LibC.O_WRONLY | LibC.O_APPEND | LibC.O_CLOEXEC, 0);
            fixed (byte* start = writer.Written)
            {
                Assert.Equal(writer.Length, (int)LibC.SendWithDescriptor(_socket, start, (nuint)writer.Length, journal, 0));
            }

            _ = LibC.close(journal);
        }

        internal List<JournalRecord> Records() => new JournalReader(_file).Read(0, RandomAccess.GetLength(_file), 1 << 20, out _);

        internal async Task Until(Func<List<JournalRecord>, bool> condition, string what)
        {
            var end = DateTime.UtcNow.AddSeconds(30);
            while (!condition(Records()))
            {
                Assert.True(DateTime.UtcNow < end, $"waited in vain until {what}: {string.Join("; ", Records().Select(record => record.Body))}");
                await Task.Yield();
            }
        }

        internal void CloseSocket()
        {
            _ = LibC.close(_socket);
            _socket = -1;
        }

        public unsafe void Dispose()
        {
            CloseSocket();
            int status;
            LibC.ResourceUsage usage;
            _ = LibC.wait4(_pid, &status, 0, &usage);
            _file.Dispose();
            File.Delete(_path);
        }
    }
}
