// docs/flink/Cells.java — runs cells.sql on a Flink mini cluster inside this one process: java -cp LIBS Cells.java BROKERS PREFIX OUT-FOLDER
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

public class Cells {
    public static void main(String[] arguments) throws Exception {
        String sql = Files.readString(Path.of(System.getProperty("sql", "docs/flink/cells.sql")))
            .replace("${brokers}", arguments[0]).replace("${prefix}", arguments[1]).replace("${out}", arguments[2]);
        TableEnvironment flink = TableEnvironment.create(EnvironmentSettings.inBatchMode());
        flink.getConfig().set("parallelism.default", "1");
        flink.getConfig().set("taskmanager.memory.network.min", "16mb");
        for (String statement : sql.replaceAll("(?m)^--.*$", "").split(";\\s*\n")) {
            if (!statement.isBlank()) flink.executeSql(statement).await();
        }
    }
}
