namespace Quern.Execution.Commands;

/// <summary>Who gave a job one of its variables, from the weakest to the strongest but for <see cref="Farm"/>, which is stronger than the job.</summary>
public enum VariableSource
{
    /// <summary>A fixed value of Quern's.</summary>
    Quern,

    /// <summary>The account the job runs as.</summary>
    Account,

    /// <summary>The worker: its owner's session, or a setting.</summary>
    Worker,

    /// <summary>The account's login files.</summary>
    Login,

    /// <summary>The environment profile.</summary>
    Profile,

    /// <summary>The job's own <c>env</c>.</summary>
    Job,

    /// <summary>What only the farm knows: QB* and QUERN_*.</summary>
    Farm,
}

/// <param name="Why">Half a line for people.</param>
public sealed record JobVariable(string Name, string Value, VariableSource Source, string Why);
