import ArgumentParser
import Glibc

/// Which of several processes this is.
struct WorldPosition: Equatable {
    var rank = 0
    var worldSize = 1

    /// From the options, or else from what Open MPI, PMI, Slurm steps and Slurm arrays say.
    ///
    /// A Slurm batch script by itself has the rank 0 of many that do not exist, so only variables that `srun` sets for
    /// each task count. An array inside of which several processes are started multiplies, whatever starts them.
    ///
    /// - Throws: `ValidationError` for options or variables that contradict each other.
    init(
        rank givenRank: Int?, worldSize givenSize: Int?,
        environment: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
    ) throws {
        guard givenRank == nil, givenSize == nil else {
            guard let rank = givenRank, let worldSize = givenSize else {
                throw ValidationError("--rank and --world-size go together")
            }
            try self.init(rank: rank, worldSize: worldSize, "--rank and --world-size")
            return
        }
        func number(_ name: String) throws -> Int? {
            guard let text = environment(name), !text.isEmpty else { return nil }
            guard let number = Int(text) else { throw ValidationError("the variable \(name) is no number: \(text)") }
            return number
        }
        self.init()
        for (rank, size) in [
            ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE"),
            ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
        ] {
            if let rankNumber = try number(rank), let sizeNumber = try number(size) {
                try self.init(rank: rankNumber, worldSize: sizeNumber, "\(rank) and \(size)")
                break
            }
        }
        guard let index = try number("SLURM_ARRAY_TASK_ID"), let count = try number("SLURM_ARRAY_TASK_COUNT") else {
            return
        }
        let first = try number("SLURM_ARRAY_TASK_MIN") ?? 0
        let last = try number("SLURM_ARRAY_TASK_MAX")
        let step = try number("SLURM_ARRAY_TASK_STEP") ?? 1
        // A regular array has a task at each step between its ends; of another one some tasks would get ranks that fit.
        let indices = (0...1 << 32)
        guard (1...1 << 20).contains(count), indices.contains(first), indices.contains(index), index >= first,
            (1...1 << 32).contains(step), (index - first) % step == 0, (index - first) / step < count,
            last == nil || last == first + (count - 1) * step
        else {
            throw ValidationError(
                "the Slurm array is not a regular one (task \(index) of \(count) from \(first)); "
                    + "say --rank and --world-size")
        }
        try self.init(
            rank: (index - first) / step * worldSize + rank, worldSize: count * worldSize,
            "SLURM_ARRAY_TASK_ID and _COUNT")
    }

    private init() {}

    private init(rank: Int, worldSize: Int, _ source: String) throws {
        guard worldSize >= 1, worldSize <= 1 << 20, (0..<worldSize).contains(rank) else {
            throw ValidationError("\(source) want a rank from 0 to below the world size; not \(rank) of \(worldSize)")
        }
        self.rank = rank
        self.worldSize = worldSize
    }
}
