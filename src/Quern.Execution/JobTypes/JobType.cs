namespace Quern.Execution.JobTypes;

/// <summary>A job type that a site has installed: the application that serves the items of an instance. See docs/job-types.md.</summary>
/// <param name="Name">Of its folder; what a job's prototype says.</param>
/// <param name="Folder">Absolute.</param>
/// <param name="Words">Program and arguments; <c>{folder}</c>, <c>{job.KEY}</c> and <c>{package.KEY}</c> in them are filled for each job.</param>
/// <param name="IsPython">The words are a Python program and the script that it is to run with the module <c>qb</c> at hand.</param>
/// <param name="IsStandard">It is spoken to over standard input and output; else over two descriptors of their own.</param>
/// <param name="Environment">Beside the job's; filled as the words are.</param>
public sealed record JobType(string Name, string Folder, IReadOnlyList<string> Words, bool IsPython, bool IsStandard, IReadOnlyDictionary<string, string> Environment);
