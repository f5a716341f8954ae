using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Quern.Execution.Native;

/// <summary>
/// The account phase of PAM: may this account be used now? No password is asked for, so the conversation answers every question with an error.
/// The library is looked for at run time; a host without it answers <see cref="Unavailable"/>.
/// </summary>
internal static unsafe partial class Pam
{
    internal const int Success = 0, PermissionDenied = 6, UserUnknown = 10, PasswordExpired = 12, AccountExpired = 13, Unavailable = -1, AccountLocked = -2;
    private const int MacCodes = 10_000;
    private const int ConversationError = 19;
    private const int Silent = 0x8000, SilentOnMac = unchecked((int)0x80000000);
    internal const string MacLibrary = "/usr/lib/libpam.2.dylib";
    internal const string Library = "libpam.so.0";

    /// <summary>Loading PAM's modules is nine tenths of a question. A conversation that stays open keeps them loaded; it is renewed, so that new ones are seen.</summary>
    private const long KeptMs = 600_000;

    private static readonly Lock Gate = new();
    private static void* kept;
    private static string keptService = "";
    private static long keptSince;

    [StructLayout(LayoutKind.Sequential)]
    private struct Conversation
    {
        internal delegate* unmanaged[Cdecl]<int, void*, void**, void*, int> Function;
        internal void* Data;
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int pam_start(string service, string user, Conversation* conversation, void** handle);

    [LibraryImport(Library)]
    private static partial int pam_acct_mgmt(void* handle, int flags);

    [LibraryImport(Library)]
    private static partial int pam_end(void* handle, int status);

    /// <summary>PAM's code for the account, or <see cref="Unavailable"/>.</summary>
    internal static int CheckAccount(string service, string user)
    {
        try
        {
            lock (Gate)
            {
                var conversation = new Conversation { Function = &Refuse };
                Keep(service, &conversation);
                void* handle = null;
                if (pam_start(service, user, &conversation, &handle) != Success)
                {
                    return Unavailable;
                }

                var result = pam_acct_mgmt(handle, OperatingSystem.IsMacOS() ? SilentOnMac : Silent);
                _ = pam_end(handle, result);
                return OperatingSystem.IsMacOS() ? FromMac(result) : result;
            }
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return Unavailable;
        }
    }

    /// <summary>macOS's number of an answer as Linux's; those without one in both keep it, moved out of the way (pam_constants.h of OpenPAM as Apple ships it).</summary>
    internal static int FromMac(int code) => code switch
    {
        0 => Success,
        7 => PermissionDenied,
        10 or 18 => PasswordExpired,
        13 => UserUnknown,
        17 => AccountExpired,
        1024 or 1025 => AccountLocked,
        _ => MacCodes + code,
    };

    private static void Keep(string service, Conversation* conversation)
    {
        if (kept is not null && keptService == service && Environment.TickCount64 - keptSince < KeptMs)
        {
            return;
        }

        if (kept is not null)
        {
            _ = pam_end(kept, Success);
        }

        void* handle = null;
        kept = pam_start(service, "nobody", conversation, &handle) == Success ? handle : null;
        (keptService, keptSince) = (service, Environment.TickCount64);
    }

    /// <summary>The service whose rules decide: quern's own where the site made one, else those of jobs run for absent people.</summary>
    internal static string Service()
    {
        // macOS has none for absent people; checkpw asks neither for a home nor for a shell. Its "other" refuses everybody.
        foreach (var name in OperatingSystem.IsMacOS() ? (ReadOnlySpan<string>)["quern", "checkpw"] : ["quern", "crond", "cron"])
        {
            if (File.Exists("/etc/pam.d/" + name))
            {
                return name;
            }
        }

        return "other";
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Refuse(int count, void* messages, void** answers, void* data) => ConversationError;
}
