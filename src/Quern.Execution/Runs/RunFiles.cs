using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using System.Security.Cryptography;
using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Windows;

namespace Quern.Execution.Runs;

/// <summary>
/// The folder of one run: <c>launch</c> (what was started, with the secret), <c>proxy</c> (pid and start time), <c>journal</c>, <c>mark</c> (how far the journal
/// was read and given back). Folder and files belong to the worker's account alone, so no path in it can be anybody else's.
/// </summary>
internal sealed class RunFiles : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private RunFiles(string folder, SafeFileHandle journal) => (Folder, Journal) = (folder, journal);

    internal string Folder { get; }

    internal SafeFileHandle Journal { get; }

    internal string JournalPath => Path.Combine(Folder, "journal");

    /// <summary>Makes a folder for the worker's account alone; on Windows it has the rights of the state folder, which is such a one.</summary>
    internal static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, Private);
        }
    }

    internal static string FolderName(RunKey key) => $"{key.Job}.{key.Sub}.{key.Run}";

    /// <summary>Name for a run's temporary folder that nobody can have taken before.</summary>
    internal static string TemporaryName(RunKey key) => $"quern-{FolderName(key)}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";

    internal static RunKey? ParseName(string name) =>
        name.Split('.') is [var job, var sub, var run]
        && long.TryParse(job, NumberStyles.None, CultureInfo.InvariantCulture, out var jobNumber)
        && int.TryParse(sub, NumberStyles.None, CultureInfo.InvariantCulture, out var subNumber)
        && int.TryParse(run, NumberStyles.None, CultureInfo.InvariantCulture, out var runNumber)
            ? new RunKey(jobNumber, subNumber, runNumber)
            : null;

    /// <summary>Makes the folder and an empty journal, or opens those that are there.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    internal static RunFiles Open(string runsFolder, RunKey key)
    {
        var folder = Path.Combine(runsFolder, FolderName(key));
        CreateFolder(folder);
        var path = Path.Combine(folder, "journal");
        if (!File.Exists(path))
        {
            using var made = new FileStream(path, Writing(FileMode.CreateNew));
        }

        return new RunFiles(folder, File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite));
    }

    internal void SaveLaunch(ReadOnlySpan<byte> launch) => Save("launch", launch);

    internal LaunchEnvelope? LoadLaunch() => Load("launch") is { } bytes ? LaunchCodec.Read(bytes) : null;

    internal void SaveProxy(int pid, long startTicks)
    {
        var bytes = new byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, pid);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(4), startTicks);
        Save("proxy", bytes);
    }

    internal (int Pid, long StartTicks) LoadProxy() =>
        Load("proxy") is { Length: 12 } bytes
            ? (BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(4)))
            : default;

    internal void SaveMark(JournalMark mark)
    {
        var writer = new WireWriter(64);
        writer.Long(mark.Discarded);
        writer.Long(mark.Scanned);
        writer.Int(mark.Item);
        writer.Int(mark.Attempt);
        writer.Int(mark.Session);
        Save("mark", writer.Written);
    }

    internal JournalMark LoadMark()
    {
        if (Load("mark") is not { } bytes)
        {
            return JournalMark.None;
        }

        var reader = new WireReader(bytes);
        var mark = new JournalMark(reader.Long(), reader.Long(), reader.Int(), reader.Int(), reader.Int());
        return reader.IsWhole ? mark : JournalMark.None;
    }

    /// <summary>Removes everything of the run from the disk; what cannot be removed is left for the next start.</summary>
    internal void Delete(Action<string> log)
    {
        Dispose();
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            log($"remove the run's folder '{Folder}': {error.Message}");
        }
    }

    /// <summary>Gives whole megabytes back to the disk; positions stay as they are. A file system that cannot keeps them.</summary>
    internal void Punch(long from, long to)
    {
        if (OperatingSystem.IsWindows())
        {
            SparseFile.Punch(Journal, from, to);
        }
        else
        {
            Posix.PunchHole(Journal, from, to);
        }
    }

    public void Dispose() => Journal.Dispose();

    private static FileStreamOptions Writing(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = PrivateFile;
        }

        return options;
    }

    private void Save(string name, ReadOnlySpan<byte> bytes)
    {
        // Whole or not at all, for whoever starts after a crash.
        var path = Path.Combine(Folder, name);
        using (var file = new FileStream(path + ".new", Writing(FileMode.Create)))
        {
            file.Write(bytes);
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    private byte[]? Load(string name)
    {
        var path = Path.Combine(Folder, name);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }
}

/// <param name="Discarded">Records before it are gone from the disk.</param>
/// <param name="Scanned">Reading for the state goes on here; the rest is the state up to it.</param>
/// <param name="Item">Running then; -1 = none.</param>
/// <param name="Session">Session of its command; 0 = none.</param>
internal readonly record struct JournalMark(long Discarded, long Scanned, int Item, int Attempt, int Session)
{
    internal static JournalMark None => new(0, 0, -1, 0, 0);
}
