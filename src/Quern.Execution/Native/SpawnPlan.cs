using System.Runtime.InteropServices;
using Quern.Execution.Mac.Native;

namespace Quern.Execution.Native;

/// <summary>
/// The fixed part of a posix_spawn, made once and used for every start: a session of its own, default signals, a given mask, descriptors moved to
/// 0.. and everything above closed. Not thread-safe. glibc's two opaque structures take 336 and 80 bytes, those of macOS a pointer; more is given.
/// </summary>
internal sealed unsafe class SpawnPlan : IDisposable
{
    private const int Size = 1024;
    private readonly byte* _attributes = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte* _actions = (byte*)NativeMemory.AllocZeroed(Size);
    private bool _isDisposed;

    /// <param name="descriptors">Becomes 0, 1, 2 ... of the child. Each must be above the last number it is moved to, so that no move overwrites a source.</param>
    /// <param name="blockedSignals">The child's mask, bit n-1 for signal n.</param>
    internal SpawnPlan(ReadOnlySpan<int> descriptors, string? directory, ulong blockedSignals)
    {
        Must(LibC.posix_spawnattr_init(_attributes));
        // macOS closes what is not named here by a flag, Linux by an action.
        var session = OperatingSystem.IsMacOS() ? LibSystem.POSIX_SPAWN_SETSID | LibSystem.POSIX_SPAWN_CLOEXEC_DEFAULT : LibC.SpawnSetSession;
        Must(LibC.posix_spawnattr_setflags(_attributes, (short)(session | LibC.SpawnSetSignalDefaults | LibC.SpawnSetSignalMask)));
        var set = stackalloc ulong[16];
        new Span<ulong>(set, 16).Clear();
        set[0] = blockedSignals;
        Must(LibC.posix_spawnattr_setsigmask(_attributes, set));
        new Span<ulong>(set, 16).Fill(ulong.MaxValue);
        Must(LibC.posix_spawnattr_setsigdefault(_attributes, set));

        Must(LibC.posix_spawn_file_actions_init(_actions));
        for (var to = 0; to < descriptors.Length; to++)
        {
            Must(LibC.posix_spawn_file_actions_adddup2(_actions, descriptors[to], to));
        }

        if (!OperatingSystem.IsMacOS())
        {
            Must(LibC.posix_spawn_file_actions_addclosefrom_np(_actions, descriptors.Length));
        }

        if (directory is not null)
        {
            Must(LibC.posix_spawn_file_actions_addchdir_np(_actions, directory));
        }
    }

    /// <summary>Starts the program; the result is 0 or the error, and then nothing was started.</summary>
    internal int Start(byte* path, byte** arguments, byte** environment, out int pid)
    {
        int started;
        var error = LibC.posix_spawn(&started, path, _actions, _attributes, arguments, environment);
        pid = error == 0 ? started : 0;
        return error;
    }

    /// <summary>These fail only for want of memory or for a number that no descriptor has.</summary>
    private static void Must(int error)
    {
        if (error != 0)
        {
            throw new InvalidOperationException($"prepare the start of a process: {Errno.Text(error)}");
        }
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _ = LibC.posix_spawnattr_destroy(_attributes);
        _ = LibC.posix_spawn_file_actions_destroy(_actions);
        NativeMemory.Free(_attributes);
        NativeMemory.Free(_actions);
    }
}
