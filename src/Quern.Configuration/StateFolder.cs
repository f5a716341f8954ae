using System.Security.Cryptography;
using System.Text;

[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Quern.Configuration.Tests")]

namespace Quern.Configuration;

/// <summary>
/// Where the programs of one state keep their things:
/// <code>
///   ROOT/supervisor   0700, the supervisor's
///   ROOT/worker       0700, the worker's (ROOT/worker-NAME for a worker that was given a name)
///   ROOT/run          0755, sockets and ready files (/run/quern, on macOS /var/run/quern, for the machine's own state)
/// </code>
/// A value: nothing is read or made before one of the Create methods is called.
/// </summary>
public sealed class StateFolder
{
    /// <summary>sockaddr_un holds 108 bytes on Linux and 104 on macOS, the final NUL included.</summary>
    internal const int SocketPathBytes = 100;

    /// <summary>Longest name of a worker, so that its socket's path always fits.</summary>
    public const int WorkerNameLength = 63;

    public const string SupervisorRole = "supervisor";
    public const string WorkerRole = "worker";

    /// <summary>macOS seals its root folder, so there is no /run.</summary>
    private static readonly string RunRoot = OperatingSystem.IsMacOS() ? "/var/run" : "/run";

    private static readonly string MachineRoot = OperatingSystem.IsWindows() ? Path.Combine(ProgramData, "Quern") : "/var/lib/quern";
    private static readonly string MachineRun = OperatingSystem.IsWindows() ? Path.Combine(MachineRoot, "run") : RunRoot + "/quern";

    private static string ProgramData => Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData);

    /// <summary>The machine's own settings; Qube's place for them. They are not read when a state is named.</summary>
    public static string MachineSettings { get; } = OperatingSystem.IsWindows() ? Path.Combine(ProgramData, "pfx", "qube", "qb.conf") : "/etc/qb.conf";

    private readonly StateCaller _caller;

    private StateFolder(string root, string runFolder, StateCaller caller)
    {
        Root = root;
        RunFolder = runFolder;
        _caller = caller;
    }

    /// <summary>Absolute path of the state.</summary>
    public string Root { get; }

    /// <summary>It is the machine's own, however it was named: its programs read the machine's settings.</summary>
    public bool IsMachine => Root == MachineRoot;

    public string SupervisorFolder => Path.Combine(Root, SupervisorRole);

    /// <summary>Of the worker that has the host's own name.</summary>
    public string WorkerFolder => Path.Combine(Root, WorkerRole);

    /// <summary>Ready files, and sockets where the path is short enough.</summary>
    public string RunFolder { get; }

    /// <summary>
    /// The state an option names; else <c>QUERN_STATE</c>; else the machine's own for root, the person's own for anybody else.
    /// </summary>
    public static StateFolder Resolve(string? option) => Resolve(option, StateCaller.Current());

    /// <summary>The machine's own state, whoever asks: where a client looks for an installed supervisor or worker.</summary>
    public static StateFolder Machine() => new(MachineRoot, MachineRun, StateCaller.Current());

    internal static StateFolder Resolve(string? option, StateCaller caller)
    {
        var named = Filled(option) ?? Filled(caller.QuernState);
        if (named is not null)
        {
            var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(named));
            return new StateFolder(root, root == MachineRoot ? MachineRun : Path.Combine(root, "run"), caller);
        }

        if (caller.IsRoot)
        {
            return new StateFolder(MachineRoot, MachineRun, caller);
        }

        var own = Path.Combine(Filled(caller.StateHome) ?? Path.Combine(caller.Home, ".local", "state"), "quern");
        return new StateFolder(own, Path.Combine(own, "run"), caller);
    }

    /// <summary>Role of a worker: <c>worker</c>, or <c>worker-NAME</c> for one that was given a name. Refuses a name that is not a plain host name.</summary>
    /// <exception cref="ArgumentException">The name is empty, longer than 63 characters, or has other characters than letters, digits, dot, dash and underscore.</exception>
    public static string WorkerRoleOf(string? name)
    {
        if (name is null)
        {
            return WorkerRole;
        }

        return IsWorkerName(name)
            ? $"{WorkerRole}-{name}"
            : throw new ArgumentException($"'{name}' cannot be a worker's name: use up to {WorkerNameLength} letters, digits, dots, dashes and underscores, a letter or digit first");
    }

    public static bool IsWorkerName(string name) =>
        name.Length is > 0 and <= WorkerNameLength
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    /// <summary>Private folder of a role: <c>supervisor</c>, <c>worker</c> or <c>worker-NAME</c>.</summary>
    public string RoleFolder(string role) => Path.Combine(Root, role);

    /// <summary>
    /// Socket of a role; of a short path when the state's own is too long for one (then <c>socket</c> of the ready file says so to everybody else).
    /// </summary>
    /// <remarks>On Windows the name of a pipe, which tells states apart by a part of its own.</remarks>
    public string SocketPath(string role) => OperatingSystem.IsWindows() ? $@"\\.\pipe\quern-{Hash(Root.ToUpperInvariant())}-{role}" : Path.Combine(SocketFolder(role), role + ".sock");

    /// <summary>Ready file of a role (ReadyFile JSON): written when it serves, deleted when it ends.</summary>
    public string ReadyPath(string role) => Path.Combine(RunFolder, role + ".json");

    /// <summary>Makes the private folder of a role, 0700, and returns it.</summary>
    public string CreateRoleFolder(string role)
    {
        Create(Root, Shared, changeExisting: false);
        var folder = RoleFolder(role);
        Create(folder, Private, changeExisting: true);
        return folder;
    }

    /// <summary>Makes the run folder, and the socket's folder where it is another, 0755.</summary>
    /// <returns>The socket's path.</returns>
    /// <exception cref="IOException">The short folder for the socket belongs to somebody else.</exception>
    public string CreateRunFolder(string role)
    {
        Create(Root, Shared, changeExisting: false);

        // The machine's own is laid out by the installation: the supervisor's account and root's worker share it.
        Create(RunFolder, Shared, changeExisting: RunFolder != MachineRun);
        var folder = OperatingSystem.IsWindows() ? RunFolder : SocketFolder(role);
        if (folder != RunFolder)
        {
            CreateShort(folder);
        }

        return SocketPath(role);
    }

    /// <summary>Writes a file whole or not at all: a neighbour is written, flushed to disk and renamed over it.</summary>
    public static void WriteWhole(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var neighbour = $"{path}.{Environment.ProcessId}.new";
        // Made anew, never opened: in a folder that others may write it could be their link.
        File.Delete(neighbour);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using (var stream = new FileStream(neighbour, options))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
            if (!OperatingSystem.IsWindows())
            {
                // The umask took its part of the mode given above.
                File.SetUnixFileMode(stream.SafeFileHandle, mode);
            }
        }

        File.Move(neighbour, path, overwrite: true);
    }

    /// <summary>0700.</summary>
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>0755.</summary>
    public const UnixFileMode Shared = Private
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>0600, for files with secrets.</summary>
    public const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>0644, for files everybody may read.</summary>
    public const UnixFileMode SharedFile = PrivateFile | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>0666, for sockets anybody may call.</summary>
    public const UnixFileMode SocketMode = SharedFile | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>A file with a secret that others can read is a secret no more: nothing is done with it. One that is not there is fine.</summary>
    /// <exception cref="IOException">Others than its owner can read or write it; one line, without what is in it.</exception>
    public static void CheckSecret(string path)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(path))
        {
            return;
        }

        var mode = File.GetUnixFileMode(path);
        if ((mode & ~(PrivateFile | UnixFileMode.UserExecute)) != 0)
        {
            throw new IOException($"the secret in {path} can be read by others (mode 0{Convert.ToString((int)mode, 8)}): if nobody could have copied it, 'chmod 600 {path}'; else remove it and set up anew what it was for");
        }
    }

    private static string? Filled(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private string SocketFolder(string role)
    {
        var own = Path.Combine(RunFolder, role + ".sock");
        if (Encoding.UTF8.GetByteCount(own) <= SocketPathBytes)
        {
            return RunFolder;
        }

        var hash = Hash(Root);
        if (_caller.IsRoot)
        {
            return $"{RunRoot}/quern-{hash}";
        }

        return Filled(_caller.RuntimeDirectory) is { } runtime
            ? Path.Combine(runtime, $"quern-{hash}")
            : $"/tmp/quern-{_caller.Uid}-{hash}";
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];

    private static void Create(string folder, UnixFileMode mode, bool changeExisting)
    {
        if (OperatingSystem.IsWindows())
        {
            WindowsFolder.Create(folder, isPrivate: mode == Private);
            return;
        }

        var isNew = !Directory.Exists(folder);
        Directory.CreateDirectory(folder, mode);
        if (isNew || (changeExisting && File.GetUnixFileMode(folder) != mode))
        {
            // The umask took its part of the mode given above.
            File.SetUnixFileMode(folder, mode);
        }
    }

    private static void CreateShort(string folder)
    {
        try
        {
            Create(folder, Shared, changeExisting: false);
            if (!OperatingSystem.IsWindows())
            {
                // /tmp is everybody's: changing the mode succeeds only for the folder's owner, so a folder laid out by somebody else ends here.
                File.SetUnixFileMode(folder, Shared);
            }
        }
        catch (UnauthorizedAccessException cause)
        {
            throw new IOException($"the socket folder {folder} belongs to somebody else; use a --state with a shorter path", cause);
        }

        if (new DirectoryInfo(folder).LinkTarget is not null)
        {
            throw new IOException($"the socket folder {folder} is a link; remove it or use a --state with a shorter path");
        }
    }
}

/// <summary>Who resolves a state: read once from the process, or made up by a test.</summary>
internal sealed record StateCaller(bool IsRoot, string Uid, string Home, string? StateHome, string? RuntimeDirectory, string? QuernState)
{
    public static StateCaller Current()
    {
        var isRoot = Environment.IsPrivilegedProcess;
        return new StateCaller(
            isRoot,
            isRoot ? "0" : OwnUid(),
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) : Environment.GetEnvironmentVariable("XDG_STATE_HOME"),
            Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"),
            Environment.GetEnvironmentVariable("QUERN_STATE"));
    }

    /// <summary>The effective uid; the account's name where the kernel has no /proc (it only has to tell people apart).</summary>
    private static string OwnUid()
    {
        const string status = "/proc/self/status";
        if (!File.Exists(status))
        {
            return Environment.UserName;
        }

        var line = File.ReadLines(status).First(text => text.StartsWith("Uid:", StringComparison.Ordinal));
        return line.Split('\t', StringSplitOptions.RemoveEmptyEntries)[2];
    }
}
