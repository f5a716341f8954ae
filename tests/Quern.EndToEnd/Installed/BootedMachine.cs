using System.Diagnostics;
using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd.Installed;

/// <summary>
/// A machine with a booted systemd: this system's files through an overlay (nothing of it is changed), its own processes, network and accounts.
/// All mounts are in a mount namespace that ends with it. A test that needs one is skipped, with the reason, where none can be booted.
/// </summary>
internal sealed partial class BootedMachine : IAsyncDisposable
{
    /// <summary>Where the programs lie in it, as somebody who unpacked them would have them.</summary>
    public const string Unpacked = "/srv/quern-programs";

    private const string Path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(90);

    /// <summary>$1 = working folder, $2 = the programs. Accounts: artist (4201) and other (4202).</summary>
    private const string Boot = """
        set -eu
        mount -t tmpfs -o size=6g tmpfs "$1"
        mkdir "$1/upper" "$1/work" "$1/root"
        mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
        root=$1/root
        rm -rf "$root/var/lib/quern" "$root/etc/qb.conf" "$root/opt/quern" "$root"/etc/systemd/system/multi-user.target.wants/* "$root"/etc/systemd/system/quern-* "$root/var/log/journal"
        mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
        for name in quern quern-supervisor; do chroot "$root" userdel "$name" >/dev/null 2>&1 || true; done
        chroot "$root" useradd -m -s /bin/bash -p x -u 4201 artist
        chroot "$root" useradd -m -s /bin/bash -p x -u 4202 other
        echo quernhost >"$root/etc/hostname"
        printf '127.0.0.1 localhost quernhost\n' >"$root/etc/hosts"
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
        # Its control groups begin where this shell is: two machines in one place would take each other's processes for their own.
        mkdir "/sys/fs/cgroup/$3"
        echo $$ >"/sys/fs/cgroup/$3/cgroup.procs"
        export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
        tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
        while :; do
            code=0
            systemd-nspawn --quiet --directory="$root" --machine="$3" --keep-unit --register=no --private-network --hostname=quernhost --bind-ro="$2:/srv/quern-programs" --console=pipe --link-journal=no --boot </dev/null || code=$?
            [ $code = 133 ] || exit $code # that is a reboot
        done
        """;

    private readonly Process _container;
    private readonly string _folder;
    private int _leader;

    private BootedMachine(string folder, Process container) => (_folder, _container) = (folder, container);

    /// <summary>A file of it, as this test sees it.</summary>
    public string File(string path) => $"/proc/{_leader}/root{path}";

    public static async Task<BootedMachine> StartAsync()
    {
        Assert.SkipUnless(FarmOnDisk.IsRoot, "booting a container needs root");
        Assert.SkipUnless(System.IO.File.Exists("/usr/bin/systemd-nspawn"), "systemd-nspawn (package systemd-container) is not installed");
        Assert.SkipUnless((await Shell.RunAsync("unshare", ["--mount", "--propagation", "private", "sh", "-c", "mount -t cgroup2 cgroup2 /sys/fs/cgroup"])).Code == 0, "this kernel or container does not let a mount namespace mount cgroup2");
        var name = $"quern-booted-{Guid.NewGuid().ToString("N")[..8]}";
        var folder = $"/var/tmp/{name}";
        Directory.CreateDirectory(folder);
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec unshare --mount --propagation private /bin/sh -c \"$1\" sh \"$2\" \"$3\" \"$4\" >\"$2.log\" 2>&1", "sh", Boot, folder, FarmOnDisk.Programs, name]);
        var machine = new BootedMachine(folder, Process.Start(start)!);
        try
        {
            await machine.BootedAsync(before: 0);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command in it as root, without anything of this test's environment.</summary>
    public Task<Ran> RunAsync(params string[] words) =>
        Shell.RunAsync("nsenter", ["--target", $"{_leader}", "--all", "--", "/usr/bin/env", "-i", $"PATH={Path}:/opt/quern/bin", "HOME=/root", "LANG=C.UTF-8", .. words]);

    /// <summary>Starts a command as root and leaves it running; its end is the machine's at the latest.</summary>
    public IDisposable Start(params string[] words) =>
        Process.Start(new ProcessStartInfo("nsenter", ["--target", $"{_leader}", "--all", "--", "/usr/bin/env", "-i", $"PATH={Path}", "HOME=/root", "LANG=C.UTF-8", .. words]) { WorkingDirectory = "/" })!;

    /// <summary>As <see cref="RunAsync"/>, and it has to succeed.</summary>
    public async Task<string> MustAsync(params string[] words)
    {
        var ran = await RunAsync(words);
        Assert.True(ran.Code == 0, $"{string.Join(' ', words)}: {ran}\n{await JournalAsync()}");
        return ran.Line;
    }

    /// <summary>As an account, outside of any session.</summary>
    public Task<string> AsAsync(string account, params string[] words) => MustAsync(As(account, words));

    /// <summary>As <see cref="AsAsync"/>, but it may fail.</summary>
    public Task<Ran> TryAsAsync(string account, params string[] words) => RunAsync(As(account, words));

    public async Task RebootAsync()
    {
        var before = _leader;
        await RunAsync("systemctl", "--no-block", "reboot");
        await BootedAsync(before);
    }

    public Task<string> JournalAsync() =>
        Task.Run(async () => (await RunAsync("journalctl", "--no-pager", "--lines", "120", "--output", "short-precise")).Output);

    public async ValueTask DisposeAsync()
    {
        _container.Kill(entireProcessTree: true);
        await _container.WaitForExitAsync();
        _container.Dispose();
        var groups = $"mount -t cgroup2 cgroup2 /sys/fs/cgroup && find /sys/fs/cgroup/{System.IO.Path.GetFileName(_folder)} -depth -type d -exec rmdir {{}} +";
        await Eventually.TrueAsync(
            async () => (await Shell.RunAsync("unshare", ["--mount", "--propagation", "private", "sh", "-c", groups])).Code == 0, BootLimit, () => "the last of its processes are gone, and their control groups");
        foreach (var left in new[] { _folder, $"/run/systemd/nspawn/propagate/{System.IO.Path.GetFileName(_folder)}" })
        {
            if (Directory.Exists(left))
            {
                Directory.Delete(left, recursive: true);
            }
        }
        System.IO.File.Delete(_folder + ".log");
    }

    private async Task BootedAsync(int before)
    {
        await Eventually.TrueAsync(async () =>
        {
            if (_container.HasExited)
            {
                Assert.Fail($"the container did not boot: {System.IO.File.ReadAllText(_folder + ".log")}");
            }
            if (await ChildAsync(_container.Id, "systemd-nspawn") is not { } nspawn || await ChildAsync(nspawn, "systemd") is not { } leader || leader == before)
            {
                return false;
            }
            _leader = leader;
            return (await RunAsync("systemctl", "is-system-running")).Line is "running" or "degraded";
        }, BootLimit, () => System.IO.File.ReadAllText(_folder + ".log"));
    }

    private static string[] As(string account, string[] words) =>
        ["setpriv", "--reuid", account, "--regid", account, "--init-groups", "env", $"HOME=/home/{account}", $"USER={account}", .. words];

    private static async Task<int?> ChildAsync(int parent, string name) =>
        int.TryParse((await Shell.RunAsync("pgrep", ["--parent", $"{parent}", "--exact", name])).Line.Split('\n')[0], out var child) ? child : null;
}
