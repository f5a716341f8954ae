using System.Runtime.InteropServices;
using Quern.Execution.Accounts;
using Quern.Execution.Mac.Native;
using Quern.Execution.Native;

namespace Quern.Execution.Mac;

/// <summary>Accounts through Open Directory, which stands behind getpwnam(3); groups come as on Linux, those of nested groups too (getgrouplist(3)).</summary>
internal static unsafe class MacNameService
{
    private const int BufferLength = 64 * 1024;

    private delegate int LookUp(LibSystem.PasswdEntry* entry, byte* buffer, nuint length, LibSystem.PasswdEntry** result);

    /// <param name="failure">0, or the error of a look-up that could not be done.</param>
    internal static Account? Find(string name, out int failure)
    {
        // Short names are found whatever their case is, and lists compare exactly.
        var account = Look((entry, buffer, length, result) => LibSystem.getpwnam_r(name, entry, buffer, length, result), out failure);
        return account?.Name == name ? account : null;
    }

    internal static Account? Find(uint uid, out int failure) => Look((entry, buffer, length, result) => LibSystem.getpwuid_r(uid, entry, buffer, length, result), out failure);

    /// <summary>An account as the library lays it out.</summary>
    internal static Account FromEntry(LibSystem.PasswdEntry* entry, Func<string, uint, uint[]> groups)
    {
        var (name, home, shell) = (Text(entry->Name), Text(entry->Home), Text(entry->Shell));
        return new Account(name, entry->Uid, entry->Gid, groups(name, entry->Gid), home.Length == 0 ? "/" : home, shell.Length == 0 ? "/bin/sh" : shell);
    }

    private static Account? Look(LookUp lookUp, out int failure)
    {
        var buffer = new byte[BufferLength];
        fixed (byte* start = buffer)
        {
            LibSystem.PasswdEntry entry;
            LibSystem.PasswdEntry* found = null;
            failure = lookUp(&entry, start, BufferLength, &found);
            failure = failure is Errno.ENOENT or Errno.ESRCH ? 0 : failure;
            return failure == 0 && found is not null ? FromEntry(found, NameService.Groups) : null;
        }
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
