/// The contracts of the files that Kedge writes, as they lie in this directory, built into the program.
public enum Schemas {
    /// The names by which `kedge schema` knows the contracts.
    public static let names = [
        "prefix-dataset", "prefix-dataset-index", "checkpoint-manifest", "checkpoint-layout", "checkpoint-inspection",
        "checkpoint-diff", "evaluation-record", "diagnosis", "diagnosis-summary",
        "objective-batch", "objective-result", "reward-pair", "reward-result", "reward-request", "reward-response",
        "training-configuration", "training-metrics", "training-sample",
    ]

    /// The JSON text of a contract, or nil for a name that is not among ``names``.
    public static func json(named name: String) -> [UInt8]? {
        switch name {
        case "prefix-dataset": PackageResources.prefix_dataset_v1_json
        case "prefix-dataset-index": PackageResources.prefix_dataset_index_v1_json
        case "checkpoint-manifest": PackageResources.checkpoint_manifest_v1_json
        case "checkpoint-inspection": PackageResources.checkpoint_inspection_v1_json
        case "checkpoint-diff": PackageResources.checkpoint_diff_v1_json
        case "evaluation-record": PackageResources.evaluation_record_v1_json
        case "diagnosis": PackageResources.diagnosis_v1_json
        case "diagnosis-summary": PackageResources.diagnosis_summary_v1_json
        case "objective-batch": PackageResources.objective_batch_v1_json
        case "objective-result": PackageResources.objective_result_v1_json
        case "reward-pair": PackageResources.reward_pair_v1_json
        case "reward-result": PackageResources.reward_result_v1_json
        case "reward-request": PackageResources.reward_request_v1_json
        case "reward-response": PackageResources.reward_response_v1_json
        case "training-configuration": PackageResources.training_configuration_v1_json
        case "training-metrics": PackageResources.training_metrics_v1_json
        case "training-sample": PackageResources.training_sample_v1_json
        case "checkpoint-layout": PackageResources.checkpoint_layout_v1_json
        default: nil
        }
    }
}
