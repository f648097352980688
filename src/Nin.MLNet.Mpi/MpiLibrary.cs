using System.Runtime.InteropServices;
using System.Text;

namespace Nin.MLNet;

/// <summary>
/// Open MPI's functions and handles. Only in Open MPI are handles the addresses of exported objects; in MPICH they are numbers. So the
/// library is checked before it is called.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    /// <summary>Environment variable that names a library to load instead of the system's.</summary>
    public const string PathVariable = "NIN_MPI_LIBRARY";

    /// <summary>MPI_IN_PLACE of Open MPI.</summary>
    public const nint InPlace = 1;

    /// <summary>MPI_STATUSES_IGNORE of Open MPI.</summary>
    public const nint NoStatuses = 0;

    private const int MostVersionText = 256;

    // Open MPI 4 and 5 have the first one; the plain name comes from a development package, of any MPI.
    private static readonly string[] Names = ["libmpi.so.40", "libmpi.so", "libmpi.40.dylib", "libmpi.dylib"];
    private readonly nint library;

    private MpiLibrary(nint library, string name)
    {
        this.library = library;
        Version = VersionOf(library);
        if (!NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out var world))
            throw new DllNotFoundException(
                $"'{name}' is not Open MPI: it has no symbol 'ompi_mpi_comm_world' and calls itself " +
                $"\"{Version ?? "nothing"}\". Install Open MPI (Debian: apt-get install openmpi-bin), start the program with its mpirun, " +
                $"and where several MPIs are installed, name its libmpi.so.40 in {PathVariable}.");
        World = world;
        (Float, Double, Byte, Long) =
            (Address("ompi_mpi_float"), Address("ompi_mpi_double"), Address("ompi_mpi_byte"), Address("ompi_mpi_int64_t"));
        Sum = Address("ompi_mpi_op_sum");
        Allreduce = (delegate* unmanaged<nint, nint, int, nint, nint, nint, int>)Address("MPI_Allreduce");
        Iallreduce = (delegate* unmanaged<nint, nint, int, nint, nint, nint, nint*, int>)Address("MPI_Iallreduce");
        Testall = (delegate* unmanaged<int, nint*, int*, nint, int>)Address("MPI_Testall");
        Waitall = (delegate* unmanaged<int, nint*, nint, int>)Address("MPI_Waitall");
        Bcast = (delegate* unmanaged<nint, int, nint, int, nint, int>)Address("MPI_Bcast");
        Allgather = (delegate* unmanaged<nint, int, nint, nint, int, nint, nint, int>)Address("MPI_Allgather");
        Allgatherv = (delegate* unmanaged<nint, int, nint, nint, int*, int*, nint, nint, int>)Address("MPI_Allgatherv");
    }

    /// <summary>What the library calls itself, in one line.</summary>
    public string? Version { get; }

    /// <summary>MPI_COMM_WORLD.</summary>
    public nint World { get; }

    public nint Float { get; }

    public nint Double { get; }

    public nint Byte { get; }

    public nint Long { get; }

    /// <summary>MPI_SUM.</summary>
    public nint Sum { get; }

    public delegate* unmanaged<nint, nint, int, nint, nint, nint, int> Allreduce { get; }

    public delegate* unmanaged<nint, nint, int, nint, nint, nint, nint*, int> Iallreduce { get; }

    public delegate* unmanaged<int, nint*, int*, nint, int> Testall { get; }

    public delegate* unmanaged<int, nint*, nint, int> Waitall { get; }

    public delegate* unmanaged<nint, int, nint, int, nint, int> Bcast { get; }

    public delegate* unmanaged<nint, int, nint, nint, int, nint, nint, int> Allgather { get; }

    public delegate* unmanaged<nint, int, nint, nint, int*, int*, nint, nint, int> Allgatherv { get; }

    /// <exception cref="DllNotFoundException">There is no MPI library, or it is not Open MPI.</exception>
    public static MpiLibrary Load()
    {
        string[] names = Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } path ? [path] : Names;
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
                return new MpiLibrary(library, name);
        }

        throw new DllNotFoundException(
            $"Open MPI's library was not found ({string.Join(", ", names)}). Install Open MPI on every machine (Debian: apt-get install " +
            $"openmpi-bin), or name its libmpi.so.40 in {PathVariable}; without mpirun, leave Options.Distributed null.");
    }

    /// <exception cref="InvalidOperationException">MPI reported a failure.</exception>
    public static void Check(int code, string function)
    {
        // By default, Open MPI ends all processes itself; a program may have chosen otherwise.
        if (code != 0)
            throw new InvalidOperationException($"{function} failed with MPI's error code {code}.");
    }

    public nint Address(string name) => NativeLibrary.GetExport(library, name);

    private static string? VersionOf(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "MPI_Get_library_version", out var function))
            return null;
        // MPICH's longest version text is 8,192 bytes.
        var text = stackalloc byte[8192];
        var length = 0;
        if (((delegate* unmanaged<byte*, int*, int>)function)(text, &length) != 0)
            return null;
        var whole = Encoding.ASCII.GetString(text, length).TrimEnd('\0', '\n', ' ');
        var first = whole.Split(['\n', ','], 2)[0].Replace('\t', ' ').Trim();
        return first.Length <= MostVersionText ? first : first[..MostVersionText];
    }
}
