using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Quern.Execution.Native;

/// <summary>
/// The account phase of PAM: may this account be used now? No password is asked for, so the conversation answers every question with an error.
/// The library is looked for at run time; a host without it answers <see cref="Unavailable"/>.
/// </summary>
internal static unsafe partial class Pam
{
    internal const int Success = 0, PermissionDenied = 6, UserUnknown = 10, PasswordExpired = 12, AccountExpired = 13, Unavailable = -1;
    private const int ConversationError = 19;
    private const int Silent = 0x8000;
    private const string Library = "libpam.so.0";

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
            var conversation = new Conversation { Function = &Refuse };
            void* handle = null;
            if (pam_start(service, user, &conversation, &handle) != Success)
            {
                return Unavailable;
            }

            var result = pam_acct_mgmt(handle, Silent);
            _ = pam_end(handle, result);
            return result;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return Unavailable;
        }
    }

    /// <summary>The service whose rules decide: quern's own where the site made one, else those of jobs run for absent people.</summary>
    internal static string Service()
    {
        foreach (var name in (ReadOnlySpan<string>)["quern", "crond", "cron"])
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
