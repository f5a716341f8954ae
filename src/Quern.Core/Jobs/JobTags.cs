namespace Quern.Core.Jobs;

/// <summary>Tags of a production, for searching, sorting and accounts. Source: reference, qube-jobs 7.</summary>
public static class JobTags
{
    public static readonly IReadOnlyList<string> Names =
        ["prod_show", "prod_shot", "prod_seq", "prod_client", "prod_dept", "prod_custom1", "prod_custom2", "prod_custom3", "prod_custom4", "prod_custom5"];
}
