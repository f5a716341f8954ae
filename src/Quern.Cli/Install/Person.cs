using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Install;

/// <summary>Somebody who logs in.</summary>
internal sealed record Person(string Name, int Uid, string Home)
{
    /// <summary>Where their own worker keeps its things.</summary>
    public StateFolder State => StateFolder.Resolve($"{Home}/.local/state/quern");

    public static FarmException Unknown(string name) => new($"there is no account '{name}' on this machine: name the person who logs in with --user", false);

    /// <summary>The same, when its number is a person's here.</summary>
    /// <exception cref="FarmException">It is below the first of them.</exception>
    public Person From(int firstUid) => Uid >= firstUid ? this : throw new FarmException($"'{Name}' is not a person's account (uid {Uid}), and jobs of a desktop worker run as its owner: name who logs in with --user", false);

    /// <summary>Words that run a program as them: nothing of root's environment goes along.</summary>
    public string[] Run(params string[] words) =>
        ["-u", Name, "--", "/usr/bin/env", "-i", $"HOME={Home}", $"USER={Name}", "PATH=/usr/local/bin:/usr/bin:/bin", $"XDG_RUNTIME_DIR=/run/user/{Uid}", .. words];
}

/// <summary>What root has a person do about their desktop worker: under their account, for nothing in their home is root's to touch.</summary>
internal sealed class PersonCommand(Machine machine, Person person, string bin)
{
    public bool HasJoined => machine.Says("runuser", person.Run("/usr/bin/test", "-e", person.State.WorkerFolder + "/worker.json"));

    /// <summary>Shown only, the command would do nothing.</summary>
    public bool IsDone(string verb)
    {
        var shown = machine.Run("runuser", person.Run([bin + "/quern", "worker", verb, "--desktop", "--dry-run"]));
        return shown.Code == 0 && !shown.Output.Contains("would ", StringComparison.Ordinal);
    }

    /// <summary>Their desktop worker's unit runs, whether it has anything to do or not.</summary>
    public bool IsActive => machine.Says("runuser", person.Run("systemctl", "--user", "is-active", "--quiet", UnitFiles.Desktop));

    /// <exception cref="FarmException">It failed; the text has its last words.</exception>
    public void Must(params string[] words) => machine.Must("runuser", person.Run(words));

    /// <exception cref="FarmException">It failed; its own sentence.</exception>
    public void Run(string verb, IReadOnlyList<string> more)
    {
        var result = machine.Run("runuser", person.Run([bin + "/quern", "worker", verb, "--desktop", .. more]));
        if (result.Code != 0)
        {
            throw new FarmException(result.LastWords, false);
        }
    }
}

/// <summary>A join token in a file that one person can read, for as long as it is needed: a command line is everybody's to see.</summary>
internal sealed class JoinFile(Machine machine, Person person) : IDisposable
{
    private readonly string path = $"/run/quern-join-{person.Uid}";
    private bool isMade;

    public IReadOnlyList<string> Words => isMade ? ["--join", "@" + path] : [];

    public async Task MakeAsync(CancellationToken token)
    {
        using var client = FarmClient.Find(null);
        var secret = (await client.CreateTokenAsync(token).ConfigureAwait(false)).Token;
        isMade = true;
        StateFolder.WriteWhole(machine.At(path), System.Text.Encoding.ASCII.GetBytes(secret), StateFolder.PrivateFile);
        machine.Must("chown", person.Name, machine.At(path));
    }

    public void Dispose()
    {
        if (isMade)
        {
            File.Delete(machine.At(path));
        }
    }
}
