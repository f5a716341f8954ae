using Quern.Execution.Accounts;
using Quern.Execution.Commands;
using Quern.Execution.Native;

namespace Quern.Execution.Unix;

/// <summary>
/// What a killed proxy could not remove. A worker that is root takes on the account's file rights for it, on a thread of its own that ends with it: the
/// kernel then refuses whatever the account itself could not do.
/// </summary>
internal static class Leftovers
{
    internal static void Remove(Account account, IReadOnlyList<string> folders, Action<string> log)
    {
        IReadOnlyList<string> left = folders;
        var thread = new Thread(() => left = TakeOn(account) ? folders.Where(folder => !TreeRemoval.Remove(folder)).ToList() : folders) { IsBackground = true, Name = "leftovers" };
        thread.Start();
        thread.Join();
        foreach (var folder in left)
        {
            log($"the temporary folder '{folder}' of '{account.Name}' could not be removed whole: remove it by hand");
        }
    }

    private static bool TakeOn(Account account)
    {
        if (LibC.geteuid() != 0)
        {
            return LibC.geteuid() == account.Uid;
        }

        if (account.Uid is 0 or uint.MaxValue)
        {
            return false;
        }

        return Posix.TakeOnFileRights(account.Uid, account.Gid);
    }
}
