using System.Runtime.InteropServices;
using Quern.Execution.Mac;
using Quern.Execution.Native;

namespace Quern.Execution.Accounts;

/// <summary>Accounts and groups through NSS, so that LDAP and SSSD count as well as files (macOS: Open Directory). Buffers grow as the library asks.</summary>
internal static unsafe class NameService
{
    private const int MaxBuffer = 4 * 1024 * 1024;

    /// <param name="failure">0, or the error of a look-up that could not be done (which is not the same as no such account).</param>
    internal static Account? Find(string name, out int failure) => OperatingSystem.IsMacOS() ? MacNameService.Find(name, out failure) :
        Look((entry, buffer, length, result) => LibC.getpwnam_r(name, entry, buffer, length, result), name, out failure);

    internal static Account? Find(uint uid, out int failure) => OperatingSystem.IsMacOS() ? MacNameService.Find(uid, out failure) :
        Look((entry, buffer, length, result) => LibC.getpwuid_r(uid, entry, buffer, length, result), null, out failure);

    internal static string? GroupName(uint gid)
    {
        for (var size = 16 * 1024; size <= MaxBuffer; size *= 4)
        {
            var buffer = new byte[size];
            fixed (byte* start = buffer)
            {
                LibC.GroupEntry entry;
                LibC.GroupEntry* found;
                var error = LibC.getgrgid_r(gid, &entry, start, (nuint)size, &found);
                if (error != Errno.ERANGE)
                {
                    return error == 0 && found is not null ? Text(found->Name) : null;
                }
            }
        }

        return null;
    }

    /// <summary>Number of a group; null when there is no such group.</summary>
    internal static uint? GroupId(string name)
    {
        for (var size = 16 * 1024; size <= MaxBuffer; size *= 4)
        {
            var buffer = new byte[size];
            fixed (byte* start = buffer)
            {
                LibC.GroupEntry entry;
                LibC.GroupEntry* found;
                var error = LibC.getgrnam_r(name, &entry, start, (nuint)size, &found);
                if (error != Errno.ERANGE)
                {
                    return error == 0 && found is not null ? found->Gid : null;
                }
            }
        }

        return null;
    }

    /// <summary>Null where the system keeps no such file, as macOS, whose PAM answers in its place.</summary>
    internal static Shadow? FindShadow(string name)
    {
        if (OperatingSystem.IsMacOS())
        {
            return null;
        }

        var buffer = new byte[16 * 1024];
        fixed (byte* start = buffer)
        {
            LibC.ShadowEntry entry;
            LibC.ShadowEntry* found;
            return LibC.getspnam_r(name, &entry, start, (nuint)buffer.Length, &found) == 0 && found is not null
                ? new Shadow(found->Password is not null && *found->Password is (byte)'!' or (byte)'*', found->Expire)
                : null;
        }
    }

    private delegate int LookUp(LibC.PasswdEntry* entry, byte* buffer, nuint length, LibC.PasswdEntry** result);

    private static Account? Look(LookUp lookUp, string? wanted, out int failure)
    {
        failure = Errno.ERANGE;
        for (var size = 4 * 1024; size <= MaxBuffer && failure == Errno.ERANGE; size *= 4)
        {
            var buffer = new byte[size];
            fixed (byte* start = buffer)
            {
                LibC.PasswdEntry entry;
                LibC.PasswdEntry* found;
                failure = lookUp(&entry, start, (nuint)size, &found);

                // Name services answer "no such account" with these as well as with 0 and no entry (getpwnam(3)).
                if (failure is Errno.ENOENT or Errno.ESRCH or Errno.EPERM)
                {
                    failure = 0;
                    return null;
                }

                if (failure == 0)
                {
                    // A name service that folds case would hand out somebody under another spelling, and lists compare exactly.
                    var account = found is null ? null : FromEntry(found);
                    return account is not null && wanted is not null && account.Name != wanted ? null : account;
                }
            }
        }

        return null;
    }

    private static Account FromEntry(LibC.PasswdEntry* entry)
    {
        var name = Text(entry->Name);
        var home = Text(entry->Home);
        var shell = Text(entry->Shell);
        return new Account(name, entry->Uid, entry->Gid, Groups(name, entry->Gid), home.Length == 0 ? "/" : home, shell.Length == 0 ? "/bin/sh" : shell);
    }

    internal static uint[] Groups(string name, uint gid)
    {
        for (var capacity = 64; ; capacity *= 4)
        {
            var groups = new uint[capacity];
            var count = capacity;
            fixed (uint* start = groups)
            {
                if (LibC.getgrouplist(name, gid, start, &count) >= 0)
                {
                    return groups.AsSpan(0, count).ToArray().Distinct().Order().ToArray();
                }
            }

            // 65536 is the kernel's limit (NGROUPS_MAX); nobody can hold more.
            if (capacity > 65536)
            {
                return [gid];
            }
        }
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}

/// <param name="ExpireDay">Days since 1970 from which the account is closed; -1 or 0 = never.</param>
internal sealed record Shadow(bool IsLocked, long ExpireDay)
{
    internal bool IsExpired(DateTimeOffset now) => ExpireDay > 0 && now.ToUnixTimeSeconds() / 86400 >= ExpireDay;
}
