namespace Quern.Execution.Runs;

/// <summary>What a launch says of the logon of its account, where accounts are logged on (Windows). It is not handed to the proxy.</summary>
/// <param name="Domain">Of an account that names none; empty = wherever the host finds it.</param>
/// <param name="Password">Sealed for this worker (<c>sealed:...</c>), or where this host keeps it (<c>lsa:...</c>, <c>dpapi:...</c>); empty = none. Never a clear one.</param>
/// <param name="SealedAccount">The account with which it was sealed or kept.</param>
/// <param name="Purpose">For which it was sealed.</param>
/// <param name="Remedy">What to do about a password that is wrong or missing: the end of a sentence.</param>
public sealed record LogonRequest(string Domain, string Password, string SealedAccount, string Purpose, string Remedy)
{
    public static readonly LogonRequest None = new("", "", "", "", "set proxy_password in qb.conf or qbwrk.conf, as qbhash prints it");
}
